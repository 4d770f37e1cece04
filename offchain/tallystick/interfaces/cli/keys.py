"""Commands about signing keys."""

from pathlib import Path

import click

from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import FILE


@click.group(cls=Noun)
def command() -> None:
    """Make and list signing keys."""


@command.command()
@click.argument("name")
@click.option("--password-file", type=FILE, help="File with the password; without it you are asked.")
@click.pass_obj
def new(session: Session, name: str, password_file: Path | None) -> None:
    """Make a key under NAME, encrypted in the keystore."""
    chosen = password_file or session.config.password_file
    session.present(session.node.new_key(name=name, password_file=chosen))


@command.command("list")
@click.pass_obj
def list_keys(session: Session) -> None:
    """Names and addresses; no secret is read."""
    session.present(session.node.keys())
