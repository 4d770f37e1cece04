"""Commands about the keys of private data sets."""

from pathlib import Path

import click

from tallystick.domain.ids import Address, Hash
from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import ADDRESS, NEW_FILE, PINNED

_KEY = click.option("--key", help="Name of your key; without it the setting `key`.")
_OUT = click.option("--out", type=NEW_FILE, help="Write it to this file too.")


@click.group(cls=Noun)
def command() -> None:
    """Hand out, take in and list the keys of private data sets."""


@command.command()
@_KEY
@_OUT
@click.pass_obj
def publish(session: Session, key: str | None, out: Path | None) -> None:
    """Pin your signed reader key, to which owners wrap the keys of their private data sets."""
    session.present(session.node.publish_reader_card(key=key or session.config.key, out=out))


@command.command("export")
@click.argument("name")
@click.argument("operator", type=ADDRESS)
@click.option("--reader", type=PINNED, required=True, help="The operator's reader card: its hash, or a file.")
@_KEY
@_OUT
@click.pass_obj
def export_key(
    session: Session, name: str, operator: Address, reader: Path | Hash, key: str | None, out: Path | None
) -> None:
    """Wrap your private data set's key to an operator that has a grant on-chain."""
    signer = key or session.config.key
    done = session.node.export_key(name=name, operator=operator, key=signer, reader=reader, out=out)
    session.present(done)


@command.command("import")
@click.argument("source", type=PINNED)
@_KEY
@click.pass_obj
def import_key(session: Session, source: Path | Hash, key: str | None) -> None:
    """Take in a key that was handed to you, by the hash of its key grant or out of a file."""
    session.present(session.node.import_key(source=source, key=key or session.config.key))


@command.command("list")
@_KEY
@click.pass_obj
def list_keys(session: Session, key: str | None) -> None:
    """List the private data sets to which you hold the key, and what you may do with them now."""
    session.present(session.node.held_keys(key=key or session.config.key))


@command.command()
@_KEY
@click.pass_obj
def uses(session: Session, key: str | None) -> None:
    """List every use that this node made of the key of a private data set."""
    session.present(session.node.key_uses(key=key or session.config.key))
