"""Commands about demands that leaves of batches and reward proposals be published."""

import click

from tallystick.domain.challenge import Subject
from tallystick.interfaces.cli.agreement import YES, agreement
from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import NUMBER, SUBJECT

_KINDS = click.Choice(["receipt", "credit", "origin", "epoch", "cumulative"])


@click.group(cls=Noun)
def command() -> None:
    """Demand that leaves of batches and reward proposals be published, answer, and end what is over."""


@command.command("list")
@click.argument("subject", type=SUBJECT, required=False)
@click.argument("number", type=NUMBER, required=False)
@click.pass_obj
def list_demands(session: Session, subject: Subject | None, number: int | None) -> None:
    """Open demands: all, of every batch or proposal, or of one NUMBER."""
    session.present(session.node.open_demands(subject=subject, number=number))


@command.command()
@click.argument("subject", type=SUBJECT)
@click.argument("number", type=NUMBER)
@click.argument("kind", type=_KINDS)
@click.argument("index", type=click.IntRange(0, 2**32 - 1))
@YES
@click.pass_obj
def demand(session: Session, subject: Subject, number: int, kind: str, index: int, yes: bool) -> None:
    """Demand under a bond that leaf INDEX (from 0) of a batch or proposal be published; silence convicts."""
    agree = agreement(yes)
    done = session.node.demand_leaf(subject=subject, number=number, kind=kind, index=index, agree=agree)
    if done is None:
        raise click.UsageError("The bond was not agreed to; nothing was sent.")
    session.present(done)


@command.command()
@click.pass_obj
def answer(session: Session) -> None:
    """Publish every leaf of this node's batches, proposals and data sets that somebody demands."""
    session.present(session.node.answer_leaves())


@command.command()
@click.pass_obj
def resolve(session: Session) -> None:
    """End this key's demands: convict by silence, take other bonds back, withdraw what is owed."""
    session.present(session.node.end_demands())
