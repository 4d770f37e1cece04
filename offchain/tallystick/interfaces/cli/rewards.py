"""Commands about rewards."""

import click

from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import BYTES32


@click.group(cls=Noun)
def command() -> None:
    """Show and claim rewards."""


@command.command()
@click.pass_obj
def show(session: Session) -> None:
    """What each asset earned, has claimed and can claim."""
    session.present(session.node.rewards())


@command.command()
@click.argument("assets", type=BYTES32, nargs=-1)
@click.pass_obj
def claim(session: Session, assets: tuple[bytes, ...]) -> None:
    """Claim for ASSETS, or without any for all that this node's key owns."""
    session.present(session.node.claim(assets=assets))
