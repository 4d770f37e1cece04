"""Commands of an auditor."""

import click

from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session


@click.group(cls=Noun)
def command() -> None:
    """Recompute what others claim on-chain."""


@command.command()
@click.argument("batch_id", type=click.IntRange(min=1))
@click.pass_obj
def batch(session: Session, batch_id: int) -> None:
    """Fetch a batch, recompute all of it and list what is false; says the level that it reached."""
    session.present(session.node.audit_batch(batch_id=batch_id))
