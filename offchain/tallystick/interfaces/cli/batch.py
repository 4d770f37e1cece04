"""Commands about settlement batches."""

import click

from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session


@click.group(cls=Noun)
def command() -> None:
    """Close and show settlement batches."""


@command.command()
@click.pass_obj
def close(session: Session) -> None:
    """Assemble the acknowledged receipts, pin their file and submit the batch."""
    session.present(session.node.close_batch())


@command.command()
@click.argument("batch_id", type=click.IntRange(min=1))
@click.pass_obj
def show(session: Session, batch_id: int) -> None:
    """One batch: its header, state and receipts."""
    session.present(session.node.batch(batch_id=batch_id))
