"""Commands of an auditor."""

import click

from tallystick.domain.challenge import Subject
from tallystick.interfaces.cli.agreement import YES, agreement
from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import NUMBER, SUBJECT


@click.group(cls=Noun)
def command() -> None:
    """Recompute what others claim on-chain."""


_CONVICT = click.option(
    "--convict",
    is_flag=True,
    help="Send the first proof that holds, or convict a silence, with this node's key.",
)
_DEMAND = click.option("--demand", is_flag=True, help="Demand under a bond what no file shows.")


@command.command()
@click.argument("batch_id", type=NUMBER)
@_CONVICT
@_DEMAND
@YES
@click.pass_obj
def batch(session: Session, batch_id: int, convict: bool, demand: bool, yes: bool) -> None:
    """Fetch a batch, recompute all of it and list what is false; says the level that it reached."""
    agree = agreement(yes) if demand else None
    session.present(session.node.audit_batch(batch_id=batch_id, convicting=convict, agree=agree))


@command.command()
@click.argument("proposal_id", type=NUMBER)
@_CONVICT
@_DEMAND
@YES
@click.pass_obj
def rewards(session: Session, proposal_id: int, convict: bool, demand: bool, yes: bool) -> None:
    """Recompute both trees of a reward proposal from the final batches and list what is false."""
    agree = agreement(yes) if demand else None
    session.present(session.node.audit_rewards(proposal_id=proposal_id, convicting=convict, agree=agree))


@command.command()
@click.argument("subject", type=SUBJECT)
@click.argument("number", type=NUMBER)
@click.pass_obj
def collect(session: Session, subject: Subject, number: int) -> None:
    """Pay the reporter of a convicted batch or proposal, a day after the conviction."""
    session.present(session.node.collect_report(subject=subject, number=number))
