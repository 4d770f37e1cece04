"""Commands about data sets."""

from pathlib import Path

import click

from tallystick.domain.ids import Address, Purpose
from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import ADDRESS, COLUMN, FILE, FOLDER_OR_FILE, PURPOSES

_FOR = click.option(
    "--for", "purposes", type=PURPOSES, required=True, help="train, serve, retrieve; several with commas."
)
_LICENCE = click.option("--licence", required=True, help="Licence of the records, such as CC-BY-4.0.")
_KEY = click.option("--key", help="Name of the owner's key; without it the setting `key`.")
_NAME = click.option("--name", required=True, help="Name of the data set.")


@click.group(cls=Noun)
def command() -> None:
    """Check, prepare, register and license data sets."""


@command.command()
@click.argument("path", type=FILE)
@click.option(
    "--map",
    "mapping",
    type=COLUMN,
    multiple=True,
    help="question, answer, title or text = column of the file.",
)
@click.pass_obj
def check(session: Session, path: Path, mapping: tuple[tuple[str, str], ...]) -> None:
    """Read a CSV, JSON Lines or Parquet file and say what a data set of it would hold."""
    session.present(session.node.check_dataset(path=path, mapping=dict(mapping)))


@command.command()
@click.argument("path", type=FILE)
@_NAME
@_LICENCE
@click.pass_obj
def prepare(session: Session, path: Path, name: str, licence: str) -> None:
    """Make the records canonical and compute their root; nothing is published."""
    session.present(session.node.prepare_dataset(path=path, name=name, licence=licence))


@command.command()
@click.argument("path", type=FOLDER_OR_FILE)
@click.option("--name", help="Name of the data set; not with a folder, whose files name their own.")
@_LICENCE
@_KEY
@click.option("--previous", help="Data set (name or id) whose next version this is; only new records count.")
@click.pass_obj
def register(
    session: Session, path: Path, name: str | None, licence: str, key: str | None, previous: str | None
) -> None:
    """Pin the records, then commit and reveal their root on-chain; of a folder, a data set a file."""
    signer = key or session.config.key
    if path.is_dir():
        if name is not None or previous is not None:
            raise click.UsageError("A folder takes neither --name nor --previous.")
        session.present(session.node.register_datasets(folder=path, licence=licence, key=signer))
        return
    if name is None:
        raise click.UsageError("A file needs --name.")
    session.present(
        session.node.register_dataset(path=path, name=name, licence=licence, key=signer, previous=previous)
    )


@command.command()
@click.argument("name")
@click.argument("operator", type=ADDRESS)
@_FOR
@_KEY
@click.pass_obj
def grant(session: Session, name: str, operator: Address, purposes: Purpose, key: str | None) -> None:
    """Let an operator train on a data set, serve models of it or quote it, from now on."""
    signer = key or session.config.key
    done = session.node.grant_dataset(name=name, operator=operator, purposes=purposes, key=signer)
    session.present(done)


@command.command()
@click.argument("name")
@click.argument("operator", type=ADDRESS)
@_FOR
@_KEY
@click.pass_obj
def revoke(session: Session, name: str, operator: Address, purposes: Purpose, key: str | None) -> None:
    """Take back what was granted, from now on; what was done before stays lawful."""
    signer = key or session.config.key
    done = session.node.revoke_dataset(name=name, operator=operator, purposes=purposes, key=signer)
    session.present(done)


@command.command()
@click.argument("name")
@_KEY
@click.pass_obj
def withdraw(session: Session, name: str, key: str | None) -> None:
    """Withdraw the consent to use a data set, for good."""
    signer = key or session.config.key
    session.present(session.node.withdraw_dataset(name=name, key=signer))
