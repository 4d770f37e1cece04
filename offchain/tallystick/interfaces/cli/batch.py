"""Commands about settlement batches."""

import click

from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import NUMBER


@click.group(cls=Noun)
def command() -> None:
    """Close, show, finalise and replace settlement batches."""


@command.command()
@click.pass_obj
def close(session: Session) -> None:
    """Assemble the acknowledged receipts, pin their file and submit the batch."""
    session.present(session.node.close_batch())


@command.command()
@click.argument("batch_id", type=NUMBER)
@click.pass_obj
def show(session: Session, batch_id: int) -> None:
    """One batch: its header, state and receipts."""
    session.present(session.node.batch(batch_id=batch_id))


@command.command()
@click.argument("batch_id", type=NUMBER)
@click.pass_obj
def finalise(session: Session, batch_id: int) -> None:
    """Make a batch final after its window, whoever posted it; `settle` does it for what this node posted."""
    session.present(session.node.finalise_batch(batch_id=batch_id))


@command.command("replace")
@click.argument("batch_id", type=NUMBER)
@click.pass_obj
def replace_batch(session: Session, batch_id: int) -> None:
    """Settle what is true of a convicted batch anew, from its published file, with this node's stake as the bond."""
    session.present(session.node.replace_batch(batch_id=batch_id))
