"""Commands about settings."""

import click

from tallystick.config import views
from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session


@click.group(cls=Noun)
def command() -> None:
    """Show the settings and where each came from."""


@command.command()
@click.option("--origin", is_flag=True, help="Say where each value came from.")
@click.pass_obj
def show(session: Session, origin: bool) -> None:
    """Every setting with its value."""
    settled = views(session.config)
    session.present(settled if origin else {view.setting: view.value for view in settled})
