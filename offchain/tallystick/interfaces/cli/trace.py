"""The command that walks the chain of evidence."""

import click

from tallystick.interfaces.cli.noun import Verb
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import BYTES32


@click.command("trace", cls=Verb)
@click.argument("receipt_hash", type=BYTES32)
@click.pass_obj
def command(session: Session, receipt_hash: bytes) -> None:
    """Walk a receipt to its batch, terms, model and data, verifying every hash on the way."""
    session.present(session.node.trace(receipt_hash=receipt_hash))
