"""Commands about data sets."""

from pathlib import Path
from typing import Any

import click

from tallystick.domain.ids import Address, Hash, Purpose
from tallystick.interfaces.cli import dataset_key
from tallystick.interfaces.cli.noun import Noun
from tallystick.interfaces.cli.session import Session
from tallystick.interfaces.cli.values import (
    ADDRESS,
    COLUMN,
    FILE,
    FOLDER,
    FOLDER_OR_FILE,
    OUTPUT,
    PINNED,
    PURPOSES,
)

_FOR = click.option(
    "--for", "purposes", type=PURPOSES, required=True, help="train, serve, retrieve; several with commas."
)
_LICENCE = click.option("--licence", required=True, help="Licence of the records, such as CC-BY-4.0.")
_KEY = click.option("--key", help="Name of the owner's key; without it the setting `key`.")
_NAME = click.option("--name", required=True, help="Name of the data set.")
_MAP = click.option(
    "--map",
    "mapping",
    type=COLUMN,
    multiple=True,
    help="question, answer, title or text = column of the file.",
)


@click.group(cls=Noun)
def command() -> None:
    """Check, prepare, register and license data sets."""


command.add_command(dataset_key.command, "key")


@command.command()
@click.argument("path", type=FILE)
@_MAP
@click.option("--against", type=FILE, help="Held-out file whose records must not be in PATH.")
@click.option("--rules", type=FILE, help="TOML file with thresholds, languages and terms.")
@click.option("--report", type=OUTPUT, help="File that gets every finding, as JSON.")
@click.option("--split", type=FOLDER, help="New folder that gets the kept and the quarantined rows.")
@click.option("--strict", is_flag=True, help="Fail when records would be quarantined.")
@click.pass_context
def check(context: click.Context, /, path: Path, mapping: tuple[tuple[str, str], ...], **care: Any) -> None:
    """Read a CSV, JSON Lines, Parquet or XLSX file: what a data set of it would hold, and which records need care."""
    from tallystick.app.datasets.care import CareOptions

    session: Session = context.obj
    checked = session.node.check_dataset(path=path, mapping=dict(mapping), care=CareOptions(**care))
    session.present(checked)
    context.exit(checked.exit_code)


@command.command()
@click.argument("path", type=FILE)
@_MAP
@click.pass_obj
def compare(session: Session, path: Path, mapping: tuple[tuple[str, str], ...]) -> None:
    """Compare a file with every registered data set: which records somebody, or you, registered before."""
    session.present(session.node.compare_dataset(path=path, mapping=dict(mapping)))


@command.command()
@click.argument("path", type=FILE)
@_NAME
@_LICENCE
@_MAP
@click.pass_obj
def prepare(
    session: Session, path: Path, name: str, licence: str, mapping: tuple[tuple[str, str], ...]
) -> None:
    """Make the records canonical and compute their root; nothing is published."""
    session.present(
        session.node.prepare_dataset(path=path, name=name, licence=licence, mapping=dict(mapping))
    )


@command.command("list")
@click.option("--owner", type=ADDRESS, help="Only those of this address.")
@click.pass_obj
def list_registered(session: Session, owner: Address | None) -> None:
    """List the data sets that are registered on the chain, with the names that this node knows."""
    session.present(session.node.list_datasets(owner=owner))


@command.command()
@click.argument("path", type=FOLDER_OR_FILE)
@click.option("--name", help="Name of the data set; not with a folder, whose files name their own.")
@click.option("--licence", help="Licence of the records, such as CC-BY-4.0; a private set has by-grant.")
@click.option(
    "--private", "is_private", is_flag=True, help="Pin it encrypted; you grant the key to operators."
)
@_MAP
@_KEY
@click.option("--previous", help="Data set (name or id) whose next version this is; only new records count.")
@click.pass_obj
def register(
    session: Session,
    path: Path,
    name: str | None,
    licence: str | None,
    is_private: bool,
    mapping: tuple[tuple[str, str], ...],
    key: str | None,
    previous: str | None,
) -> None:
    """Pin the records, then commit and reveal their root on-chain; of a folder, a data set a file."""
    signer = key or session.config.key
    code = _licence_of(licence, is_private)
    if path.is_dir():
        if name is not None or previous is not None:
            raise click.UsageError("A folder takes neither --name nor --previous.")
        session.present(
            session.node.register_datasets(
                folder=path, licence=code, key=signer, is_private=is_private, mapping=dict(mapping)
            )
        )
        return
    if name is None:
        raise click.UsageError("A file needs --name.")
    session.present(
        session.node.register_dataset(
            path=path,
            name=name,
            licence=code,
            key=signer,
            previous=previous,
            is_private=is_private,
            mapping=dict(mapping),
        )
    )


def _licence_of(licence: str | None, is_private: bool) -> str:
    if is_private:
        if licence not in (None, "by-grant"):
            raise click.UsageError("A private data set has the licence by-grant: leave --licence out.")
        return "by-grant"
    if licence is None:
        raise click.UsageError("A public data set needs --licence.")
    return licence


@command.command()
@click.argument("name")
@click.argument("operator", type=ADDRESS)
@_FOR
@click.option("--reader", type=PINNED, help="For a private set: the operator's reader card, by hash or file.")
@_KEY
@click.pass_obj
def grant(
    session: Session,
    name: str,
    operator: Address,
    purposes: Purpose,
    reader: Path | Hash | None,
    key: str | None,
) -> None:
    """Let an operator train on a data set, serve models of it or quote it; of a private one, hand out the key."""
    signer = key or session.config.key
    done = session.node.grant_dataset(
        name=name, operator=operator, purposes=purposes, key=signer, reader=reader
    )
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
@click.argument("text", type=FILE)
@_FOR
@_KEY
@click.pass_obj
def licence(session: Session, text: Path, purposes: Purpose, key: str | None) -> None:
    """Register a licence by its TEXT and what it allows everyone; prints the code that `register --licence` takes."""
    signer = key or session.config.key
    session.present(session.node.register_licence(text=text, purposes=purposes, key=signer))


@command.command()
@click.argument("name")
@_KEY
@click.pass_obj
def withdraw(session: Session, name: str, key: str | None) -> None:
    """Withdraw the consent to use a data set, for good."""
    signer = key or session.config.key
    session.present(session.node.withdraw_dataset(name=name, key=signer))


@command.command()
@click.argument("name")
@_KEY
@click.option("--take-back", is_flag=True, help="Bring it back to the owner, once it is free.")
@click.pass_obj
def bond(session: Session, name: str, key: str | None, take_back: bool) -> None:
    """Show what a data set (name or id) has bonded, and from when its owner may take it back; or take it back."""
    if take_back:
        session.present(session.node.take_bond_back(name=name, key=key or session.config.key))
    else:
        session.present(session.node.dataset_bond_held(name=name))


@command.command()
@click.argument("name")
@click.argument("record", type=click.IntRange(0, 2**32 - 1))
@_KEY
@click.option("--close", is_flag=True, help="End a demand that was not answered in time, and convict.")
@click.pass_obj
def demand(session: Session, name: str, record: int, key: str | None, close: bool) -> None:
    """Demand under a bond that a record (from 0) of a data set (name or id) be opened."""
    signer = key or session.config.key
    act = session.node.close_demand if close else session.node.demand_record
    session.present(act(name=name, record=record, key=signer))


@command.command()
@_KEY
@click.pass_obj
def answer(session: Session, key: str | None) -> None:
    """Open every record of your data sets that somebody demands; each answer earns the demand's bond."""
    session.present(session.node.answer_demands(key=key or session.config.key))
