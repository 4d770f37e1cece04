"""Copies of a ledger as SQLite files, from whichever database and back into either."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy

from tallystick.errors import Conflict, IntegrityViolation, NodeError, NotFound, Unavailable
from tallystick.gateways.ledger.backends.migrating import latest
from tallystick.gateways.ledger.copying.transfer import is_empty, transfer
from tallystick.gateways.ledger.database import Database, backend_at

_MIGRATIONS: Final = "tallystick.gateways.ledger.migrations"


class LedgerKeeper:
    """Satisfies `ports.ledger.Keeper`."""

    def __init__(self, place: Path | str) -> None:
        self._place = place

    def copy(self, target: Path) -> int:
        with _typed():
            if isinstance(self._place, Path):
                if not self._place.exists():
                    raise NotFound(f"There is no ledger {self._place}.", "The setting `database` names it.")
                _copy_file(self._place, target)
            else:
                self._copy_schema(target)
            return _checked(target)

    def load(self, source: Path) -> None:
        with _typed():
            if isinstance(self._place, Path):
                _place_file(source, self._place)
            else:
                self._load_schema(source)

    def check_free(self) -> None:
        if isinstance(self._place, Path):
            _check_absent(self._place)
            return
        with closing(Database(self._place)):
            self._check_empty()

    def _copy_schema(self, target: Path) -> None:
        with closing(Database(self._place, read_only=True)) as reading:
            version = reading.version
        if version != latest(_MIGRATIONS):
            raise Conflict(
                f"The ledger has schema {version}, this program {latest(_MIGRATIONS)}.",
                "Start the node once, so that it is brought forward.",
            )
        Database(target).close()
        with self._connected(read_only=True) as source, _connected(target) as into:
            transfer(source, into)

    def _load_schema(self, source: Path) -> None:
        with closing(Database(self._place)):  # which nobody else writes meanwhile
            self._check_empty()
            brought = source.with_name(source.name + ".brought-forward")
            shutil.copyfile(source, brought)
            try:
                Database(brought).close()
                with _connected(brought, read_only=True) as rows, self._connected() as into:
                    transfer(rows, into)
            finally:
                for end in ("", "-wal", "-shm", ".lock"):
                    brought.with_name(brought.name + end).unlink(missing_ok=True)

    def _check_empty(self) -> None:
        with self._connected(read_only=True) as connection:
            if not is_empty(connection):
                raise Conflict(
                    "The PostgreSQL schema holds books already.", "Give an empty schema, or drop that one."
                )

    @contextmanager
    def _connected(self, *, read_only: bool = False) -> Iterator[sqlalchemy.Connection]:
        with _connected(self._place, read_only=read_only) as connection:
            yield connection


@contextmanager
def _connected(place: Path | str, *, read_only: bool = False) -> Iterator[sqlalchemy.Connection]:
    """One moment of the tables to read, or one transaction to write."""
    engine = backend_at(place, read_only=read_only).engine()
    try:
        with engine.connect() as connection, connection.begin():
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _typed() -> Iterator[None]:
    try:
        yield
    except NodeError:
        raise
    except (sqlalchemy.exc.SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise Unavailable(f"The ledger cannot be copied: {error}.", "Check space and permissions.") from error


def _check_absent(file: Path) -> None:
    """A journal of other books would be taken for one of these."""
    for end in ("", "-wal", "-journal"):
        there = file.with_name(file.name + end)
        if there.exists():
            raise Conflict(f"{there} is there already.", "Move it away, if its books are not needed.")


def _copy_file(source: Path, target: Path) -> None:
    """In one step, so that all of it is of one moment; whoever writes goes on meanwhile."""
    uri = f"{source.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as held, closing(sqlite3.connect(target)) as made:
        held.backup(made, pages=-1)


def _checked(copy: Path) -> int:
    """One file without a journal beside it, whole and on the disk; its number of receipts."""
    with closing(sqlite3.connect(copy, isolation_level=None)) as made:
        made.execute("PRAGMA journal_mode=DELETE")
        said = made.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if said != "ok":
            raise IntegrityViolation(f"The copy is broken: {said}.", "Check the disks.")
        receipts = int(made.execute("SELECT count(*) FROM receipts").fetchone()[0])
    copy.with_name(copy.name + ".lock").unlink(missing_ok=True)
    _sync(copy)
    return receipts


def _place_file(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    shutil.copyfile(source, part)
    part.chmod(0o600)
    _sync(part)
    os.link(part, target)  # fails where a file is, unlike a rename
    part.unlink()
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
