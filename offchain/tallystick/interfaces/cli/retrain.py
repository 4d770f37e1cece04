"""Commands about retraining from consented feedback."""

import click

from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import NUMBER

_NUMBER = click.argument("number", type=NUMBER, required=False)


@click.group(cls=Noun)
def command() -> None:
    """Propose, run and show retrainings of the served model."""


@command.command()
@click.pass_obj
def propose(session: Session) -> None:
    """Propose a retraining of what serves now; alarms and the schedule do so by themselves."""
    session.present(session.node.propose_retraining())


@command.command()
@_NUMBER
@click.pass_obj
def run(session: Session, number: int | None) -> None:
    """Take retraining NUMBER, or all that are open, as far as they go: collect, train, judge, promote, watch."""
    session.present(session.node.run_retraining(number=number))


@command.command()
@_NUMBER
@click.pass_obj
def show(session: Session, number: int | None) -> None:
    """Every step of retraining NUMBER with its reason; without it, every retraining."""
    session.present(session.node.retrainings(number=number))
