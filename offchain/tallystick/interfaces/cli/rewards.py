"""Commands about rewards."""

from pathlib import Path

import click

from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import BYTES32, NUMBER


@click.group(cls=Noun)
def command() -> None:
    """Show, claim and export rewards."""


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


@command.command()
@click.argument("batch_id", type=NUMBER)
@click.pass_obj
def forfeit(session: Session, batch_id: int) -> None:
    """Burn, and insure by half, what is null of a final batch since an audit found its poster guilty; anyone may."""
    session.present(session.node.forfeit_tranche(batch_id=batch_id))


@command.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def export(session: Session, file: Path) -> None:
    """Write to a new FILE what each payout address was credited, as OpenZeppelin's StandardMerkleTree dumps it."""
    session.present(session.node.export_rewards(file=file))
