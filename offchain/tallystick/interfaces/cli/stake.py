"""Commands about stake."""

import click

from tallystick.domain.ids import Address
from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import ADDRESS, AMOUNT

_OPERATOR = click.option("--operator", type=ADDRESS, help="Whose pool; without it this key's own.")


@click.group(cls=Noun)
def command() -> None:
    """Deposit, delegate, thaw and withdraw stake; show pools and what streams into them."""


@command.command()
@click.argument("amount", type=AMOUNT)
@click.pass_obj
def deposit(session: Session, amount: int) -> None:
    """Stake AMOUNT of OPEN on this node's operator."""
    session.present(session.node.stake_deposit(amount=amount))


@command.command()
@_OPERATOR
@click.pass_obj
def show(session: Session, operator: Address | None) -> None:
    """A pool: stake, locks, what thaws and streams, the commission, and what this key holds of it."""
    session.present(session.node.stake(operator=operator))


@command.command()
@click.argument("operator", type=ADDRESS)
@click.argument("amount", type=AMOUNT)
@click.pass_obj
def delegate(session: Session, operator: Address, amount: int) -> None:
    """Stake AMOUNT of OPEN on another OPERATOR: its slashes and its rewards reach it."""
    session.present(session.node.stake_delegate(operator=operator, amount=amount))


@command.command()
@click.argument("amount", type=AMOUNT, required=False)
@click.option("--all", "everything", is_flag=True, help="All that this key holds, in place of AMOUNT.")
@click.pass_obj
def thaw(session: Session, amount: int | None, everything: bool) -> None:
    """Start to take back AMOUNT of one's own stake; what thaws can still be slashed."""
    chosen = _amount(amount, everything)
    session.present(session.node.stake_thaw(operator=None, amount=chosen))


@command.command()
@click.argument("operator", type=ADDRESS)
@click.argument("amount", type=AMOUNT, required=False)
@click.option("--all", "everything", is_flag=True, help="All that this key holds, in place of AMOUNT.")
@click.pass_obj
def undelegate(session: Session, operator: Address, amount: int | None, everything: bool) -> None:
    """Start to take back AMOUNT from the pool of another OPERATOR."""
    chosen = _amount(amount, everything)
    session.present(session.node.stake_thaw(operator=operator, amount=chosen))


def _amount(amount: int | None, everything: bool) -> int | None:
    if (amount is None) != everything:
        raise click.UsageError("Give either an AMOUNT or --all.")
    return amount


@command.command()
@_OPERATOR
@click.pass_obj
def withdraw(session: Session, operator: Address | None) -> None:
    """Take out what has thawed."""
    session.present(session.node.stake_withdraw(operator=operator))


@command.command()
@_OPERATOR
@click.pass_obj
def claim(session: Session, operator: Address | None) -> None:
    """Bring rewards that wait into a pool: the commission goes to the operator, the rest streams to all in it."""
    session.present(session.node.stake_claim(operator=operator))


@command.command()
@click.argument("bps", type=click.IntRange(0, 10_000))
@click.pass_obj
def commission(session: Session, bps: int) -> None:
    """Announce the part of rewards that the operator keeps, in BPS (10000 is all); it holds a thaw period later."""
    session.present(session.node.stake_commission(commission_bps=bps))


@command.command("open")
@click.pass_obj
def open_pool(session: Session) -> None:
    """Let this operator's rewards go to its pool, so that others can delegate."""
    session.present(session.node.stake_open(is_open=True))


@command.command("close")
@click.pass_obj
def close_pool(session: Session) -> None:
    """Let this operator's rewards go to the operator again; nobody can delegate then."""
    session.present(session.node.stake_open(is_open=False))
