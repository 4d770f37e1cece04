"""Commands about everyone on the chain."""

import click

from tallystick.domain.ids import Address
from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import ADDRESS, NUMBER

_PAGE = click.option(
    "--page", type=NUMBER, default=1, show_default=True, help="Of 25 rows, the newest first."
)


@click.group(cls=Noun)
def command() -> None:
    """Show operators, slashes, parameters with their bounds, and pauses."""


@command.command()
@_PAGE
@click.pass_obj
def operators(session: Session, page: int) -> None:
    """List operators with their stake."""
    session.present(session.node.operator_page(number=page).rows)


@command.command()
@_PAGE
@click.option("--operator", type=ADDRESS, help="Of one operator alone.")
@click.pass_obj
def slashes(session: Session, page: int, operator: Address | None) -> None:
    """List slashes: who, for what, how much, and where it went."""
    session.present(session.node.slash_page(number=page, operator=operator).rows)


@command.command()
@click.pass_obj
def parameters(session: Session) -> None:
    """Show parameters in force with their bounds, pending motions, and every version."""
    session.present(session.node.parameters())


@command.command()
@click.pass_obj
def pauses(session: Session) -> None:
    """Show what is paused, and what the guardian paused so far."""
    session.present(session.node.pauses())
