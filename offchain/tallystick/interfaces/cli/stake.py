"""Commands about stake."""

import click

from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import AMOUNT


@click.group(cls=Noun)
def command() -> None:
    """Deposit and show stake."""


@command.command()
@click.argument("amount", type=AMOUNT)
@click.pass_obj
def deposit(session: Session, amount: int) -> None:
    """Stake AMOUNT of OPEN on this node's operator."""
    session.present(session.node.stake_deposit(amount=amount))


@command.command()
@click.pass_obj
def show(session: Session) -> None:
    """Stake, locks and what is thawing."""
    session.present(session.node.stake())
