"""The command that sets a node up."""

from pathlib import Path

import click

from tallystick.app.initialise import initialise
from tallystick.interfaces.cli.noun import Verb
from tallystick.interfaces.cli.session import Session


@click.command("init", cls=Verb)
@click.option(
    "--file",
    default="tallystick.toml",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Settings file.",
)
@click.pass_obj
def command(session: Session, file: Path) -> None:
    """Make this node's folders and a settings file that names every setting."""
    session.present(initialise(session.config, file))
