"""Commands about the content that this node has promised to keep."""

from typing import TYPE_CHECKING

import click

from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session

if TYPE_CHECKING:
    from tallystick.app.pinning.care import KeptFile

UNWHOLE = 3
_GOOD = ("whole", "mended")


@click.group(cls=Noun)
def command() -> None:
    """Show what this node has to keep and why, check it, mend it, and let go of what nothing needs.

    Exit codes of check and repair: 0 all is whole, 3 something is not.
    """


@command.command("list")
@click.pass_obj
def list_files(session: Session) -> None:
    """List every file that a live commitment of this node stands on."""
    session.present(session.node.kept_files())


@command.command()
@click.pass_obj
def check(session: Session) -> int:
    """Read every such file whole, and compare it with its hash."""
    return _told(session, session.node.check_content())


@command.command()
@click.pass_obj
def repair(session: Session) -> int:
    """Pin anew, make anew from the books or fetch from other sources what is not whole; ask pinning services."""
    return _told(session, session.node.repair_content())


@command.command()
@click.option("--yes", is_flag=True, help="Unpin them; without it they are only listed.")
@click.pass_obj
def collect(session: Session, yes: bool) -> None:
    """Unpin files that were needed once and that no commitment needs any more."""
    session.present(session.node.collect_content(is_trial=not yes))


def _told(session: Session, files: "tuple[KeptFile, ...]") -> int:
    session.present(files)
    return 0 if all(file.state in _GOOD for file in files) else UNWHOLE
