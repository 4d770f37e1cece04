"""A SQLite file in WAL mode, synced at every commit."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import Any, Final, cast

import sqlalchemy
from sqlalchemy.pool import NullPool

from tallystick.errors import Conflict, IntegrityViolation, InvalidInput, Unavailable
from tallystick.gateways.ledger.backends.session import Effect, Fault, Row, Session
from tallystick.gateways.lockfile import LockFile

_FULL: Final = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN)
_SETTINGS: Final = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")


class SqliteFile:
    """Satisfies `Backend`."""

    errors: tuple[type[Exception], ...] = (sqlite3.Error,)
    begin = "BEGIN IMMEDIATE"

    def __init__(self, path: Path, *, read_only: bool, what: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self.read_only, self._what = path, read_only, what

    def hold(self) -> AbstractContextManager[object]:
        if self.read_only:
            return nullcontext()
        return LockFile(self._path.with_name(self._path.name + ".lock"), what=self._what)

    def connect(self) -> Session:
        connection = self._open()
        connection.row_factory = sqlite3.Row
        try:
            for setting in () if self.read_only else _SETTINGS:
                connection.execute(f"PRAGMA {setting}")
        except sqlite3.Error:
            connection.close()
            raise
        return cast(Session, connection)

    def rows(self, sql: str, values: Sequence[Any]) -> Iterator[Row]:
        with closing(self._open("ro")) as connection:
            connection.row_factory = sqlite3.Row
            yield from connection.execute(sql, values)

    def engine(self) -> sqlalchemy.Engine:
        """Its foreign keys are not enforced: a schema step may have to make a table anew."""
        made = sqlalchemy.create_engine("sqlite://", creator=self._open, poolclass=NullPool)
        how = "BEGIN" if self.read_only else self.begin
        begin: Callable[[Any], object] = lambda connection: connection.exec_driver_sql(how)  # noqa: E731
        sqlalchemy.event.listen(made, "begin", begin)
        return made

    def version(self, session: Session) -> int:
        return int(session.execute("PRAGMA user_version").fetchone()[0])

    def size(self, session: Session) -> int:
        parts = (self._path.with_name(self._path.name + end) for end in ("", "-wal"))
        return sum(each.stat().st_size for each in parts if each.exists())

    def mark(self, session: Session) -> object:
        """Others' commits change the version of the data, our own the count of changes."""
        version = session.execute("PRAGMA data_version").fetchone()[0]
        return version, cast(sqlite3.Connection, session).total_changes

    def fault(self, error: Exception, session: Session | None) -> Fault:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_CONSTRAINT:
            refused = Conflict(
                f"The ledger refuses this: {error}.", "It contradicts what is recorded already."
            )
            return Fault(Effect.STATEMENT, refused)
        if code == sqlite3.SQLITE_TOOBIG:
            large = InvalidInput(f"The ledger cannot hold this: {error}.", "Give less at a time.")
            return Fault(Effect.STATEMENT, large)
        if code in _FULL:
            full = Unavailable(
                f"The ledger cannot be written: {error}.",
                "Free disk space and try again; nothing was recorded.",
            )
            return Fault(Effect.COMMIT, full)
        # After a failed write or sync the cached pages are unknown: going on could lose acknowledged rows.
        failed = IntegrityViolation(
            f"The ledger file failed: {error}.",
            "Stop the node, check the disk, restore from a copy if need be.",
        )
        return Fault(Effect.LEDGER, failed)

    def is_in_transaction(self, session: Session) -> bool:
        return cast(sqlite3.Connection, session).in_transaction

    def _open(self, mode: str = "") -> sqlite3.Connection:
        mode = mode or ("ro" if self.read_only else "rwc")
        uri = f"{self._path.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
