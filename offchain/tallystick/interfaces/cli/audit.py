"""Commands of an auditor."""

import click

from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session


@click.group(cls=Noun)
def command() -> None:
    """Recompute what others claim on-chain."""


_CONVICT = click.option(
    "--convict", is_flag=True, help="Send the first proof that holds, with this node's key."
)


@command.command()
@click.argument("batch_id", type=click.IntRange(min=1))
@_CONVICT
@click.pass_obj
def batch(session: Session, batch_id: int, convict: bool) -> None:
    """Fetch a batch, recompute all of it and list what is false; says the level that it reached."""
    session.present(session.node.audit_batch(batch_id=batch_id, convicting=convict))


@command.command()
@click.argument("proposal_id", type=click.IntRange(min=1))
@_CONVICT
@click.pass_obj
def rewards(session: Session, proposal_id: int, convict: bool) -> None:
    """Recompute both trees of a reward proposal from the final batches and list what is false."""
    session.present(session.node.audit_rewards(proposal_id=proposal_id, convicting=convict))
