"""Why an asset was paid, or was not."""

from pathlib import Path

import click

from tallystick.interfaces.cli.noun import Verb
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import FOLDER_OR_FILE


@click.command(cls=Verb)
@click.argument("asset")
@click.argument("what")
@click.option(
    "--opening",
    "openings",
    multiple=True,
    type=FOLDER_OR_FILE,
    help="A file of `receipt open`, or a folder of them; also your own books.",
)
@click.pass_obj
def command(session: Session, asset: str, what: str, openings: tuple[Path, ...]) -> None:
    """Say why ASSET (name or 0x id) was paid for WHAT, or why not, with numbers and proofs.

    WHAT is a receipt's 0x hash, batch:3, period:2, a day (2026-11-21) or days (2026-11-01..2026-11-30).
    """
    session.present(session.node.why(asset=asset, what=what, openings=openings))
