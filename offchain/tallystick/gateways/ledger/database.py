"""One SQLite file: written by one process, migrated, in groups; read by any. Knows no table.

All writers that wait for the disk at the same moment share one commit, and each returns only after it.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from importlib.resources import files
from pathlib import Path
from threading import Event, Lock
from typing import Any, Final, TypeVar

from tallystick.crashpoints import crashpoint
from tallystick.errors import Conflict, IntegrityViolation, NodeError, Unavailable
from tallystick.gateways.lockfile import LockFile

_Result = TypeVar("_Result")
_MIGRATIONS: Final = "tallystick.gateways.ledger.migrations"
_FULL: Final = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN)


class _Write:
    """Work waiting for a commit, then its result or error. Whoever `wake` wakes undone commits for all who wait."""

    def __init__(self, work: Callable[[sqlite3.Connection], Any]) -> None:
        self.work = work
        self.wake = Event()
        self.is_done = False
        self.result: Any = None
        self.error: Exception | None = None


class Database:
    """Safe to use from several threads. `write` must not be called from within a `write`."""

    def __init__(
        self, path: Path, *, read_only: bool = False, migrations: str = _MIGRATIONS, what: str = "The ledger"
    ) -> None:
        self._migrations = migrations
        path.parent.mkdir(parents=True, exist_ok=True)
        self._held = ExitStack()
        if not read_only:
            self._held.enter_context(LockFile(path.with_name(path.name + ".lock"), what=what))
        self._lock, self._queue_lock = Lock(), Lock()
        self._queue: list[_Write] = []
        self._is_led = False
        self._failure: IntegrityViolation | None = None
        try:
            mode = "ro" if read_only else "rwc"
            uri = f"{path.absolute().as_uri()}?mode={mode}"
            self._connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
            self._connection.row_factory = sqlite3.Row
            if not read_only:
                self._prepare()
        except sqlite3.Error as error:
            self._held.close()
            raise self._translated(error) from error
        except NodeError:
            self.close()
            raise

    def _prepare(self) -> None:
        for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self._connection.execute(f"PRAGMA {setting}")
        self._migrate()

    def _migrate(self) -> None:
        migrations = sorted(
            (f for f in files(self._migrations).iterdir() if f.name.endswith(".sql")),
            key=lambda f: f.name,
        )
        version = self.version
        if version > len(migrations):
            raise Conflict(
                f"The ledger has schema {version}, this program knows {len(migrations)}.",
                "Use the newer program.",
            )
        for number, migration in enumerate(migrations[version:], version + 1):
            self._connection.executescript(
                f"BEGIN;\n{migration.read_text()}\nPRAGMA user_version={number};\nCOMMIT;"
            )

    @property
    def version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def read(self, sql: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        with self._lock:
            try:
                return self._connection.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise self._translated(error) from error

    def write(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """Run `work` in a transaction; returns once that is on disk. An error undoes this work alone."""
        mine = _Write(work)
        with self._queue_lock:
            self._queue.append(mine)
            if not self._is_led:
                self._is_led = True
                mine.wake.set()
        self._await(mine)
        if mine.error is not None:
            raise mine.error
        result: _Result = mine.result
        return result

    def _await(self, mine: _Write) -> None:
        try:
            mine.wake.wait()
        except (
            BaseException
        ):  # an interrupt: nobody may be left waiting for a commit that this thread was to make
            with self._queue_lock:
                if mine in self._queue and not mine.wake.is_set():
                    self._queue.remove(mine)
            if mine.wake.is_set() and not mine.is_done:
                self._lead()
            raise
        if not mine.is_done:
            self._lead()

    def _lead(self) -> None:
        """Commit for all who wait, then leave the next commit to one who came meanwhile.

        Nobody waits for a lock to learn that its work is done: it would hold up the next commit, and share none.
        """
        group: list[_Write] = []
        try:
            with self._lock:
                with self._queue_lock:
                    group, self._queue = self._queue, []
                self._commit(group)
        finally:
            with self._queue_lock:
                self._is_led = bool(self._queue)
                if self._queue:
                    self._queue[0].wake.set()
            for write in group:
                write.wake.set()

    def _commit(self, group: list[_Write]) -> None:
        try:
            if self._failure is not None:
                raise self._failure
            self._connection.execute("BEGIN IMMEDIATE")
            for write in group:
                self._apply(write)
            crashpoint("ledger.before-commit")
            self._connection.execute("COMMIT")
            crashpoint("ledger.committed")
        except (sqlite3.Error, NodeError) as error:
            self._roll_back()
            failure = self._translated(error) if isinstance(error, sqlite3.Error) else error
            for write in group:
                write.error = write.error or failure
        finally:
            for write in group:
                write.is_done = True

    def _apply(self, write: _Write) -> None:
        self._connection.execute("SAVEPOINT one")
        try:
            write.result = write.work(self._connection)
        except sqlite3.OperationalError:
            raise  # the disk or the file: concerns the whole group
        except Exception as error:  # the caller's own, handed back to the caller in `write`
            write.error = self._translated(error) if isinstance(error, sqlite3.Error) else error
            self._connection.execute("ROLLBACK TO one")
        self._connection.execute("RELEASE one")

    def _roll_back(self) -> None:
        with suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _translated(self, error: sqlite3.Error) -> NodeError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_CONSTRAINT:
            return Conflict(f"The ledger refuses this: {error}.", "It contradicts what is recorded already.")
        if code in _FULL:
            return Unavailable(
                f"The ledger cannot be written: {error}.",
                "Free disk space and try again; nothing was recorded.",
            )
        # After a failed write or sync the cached pages are unknown: going on could lose acknowledged rows.
        self._failure = IntegrityViolation(
            f"The ledger file failed: {error}.",
            "Stop the node, check the disk, restore from a copy if need be.",
        )
        return self._failure

    def close(self) -> None:
        with self._lock:
            self._connection.close()
            self._held.close()
