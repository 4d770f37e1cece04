"""The command that settles."""

import click

from tallystick.interfaces.cli.noun import Verb
from tallystick.interfaces.cli.session import Session


@click.command("settle", cls=Verb)
@click.pass_obj
def command(session: Session) -> None:
    """Take the settlement steps that are due: answer demands, finalise batches, propose and activate rewards."""
    session.present(session.node.settle())
