"""One database: written by one process, migrated, in groups; read by any. Knows no table, and which back end only by its
place: a path is a SQLite file, text the URL of a PostgreSQL database.

All writers that wait for the disk at the same moment share one commit, and each returns only after it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event, Lock
from typing import Any, Final, TypeVar

from tallystick.crashpoints import crashpoint
from tallystick.errors import Conflict, NodeError, Unavailable
from tallystick.gateways.ledger.backends.migrating import migrate
from tallystick.gateways.ledger.backends.session import Backend, Effect, Fault, Row, Session
from tallystick.gateways.ledger.backends.sqlite import SqliteFile

_Result = TypeVar("_Result")
_MIGRATIONS: Final = "tallystick.gateways.ledger.migrations"


def backend_at(place: Path | str, *, read_only: bool = False, what: str = "The ledger") -> Backend:
    """For a path a SQLite file, for a URL PostgreSQL."""
    if isinstance(place, Path):
        return SqliteFile(place, read_only=read_only, what=what)
    from tallystick.gateways.ledger.backends.postgresql import PostgresSchema

    return PostgresSchema(place, read_only=read_only, what=what)


class _Write:
    """Work waiting for a commit, then its result or error. Whoever `wake` wakes undone commits for all who wait."""

    def __init__(self, work: Callable[[Session], Any]) -> None:
        self.work = work
        self.wake = Event()
        self.is_done = False
        self.result: Any = None
        self.error: Exception | None = None


class _Undone(Exception):
    """The commit under way is lost for all who share it."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault


class Database:
    """Safe to use from several threads. `write` must not be called from within a `write`."""

    def __init__(
        self,
        place: Path | str,
        *,
        read_only: bool = False,
        migrations: str = _MIGRATIONS,
        what: str = "The ledger",
    ) -> None:
        self.backend = backend_at(place, read_only=read_only, what=what)
        self._migrations, self._what = migrations, what
        self._held = ExitStack()
        self._lock, self._queue_lock = Lock(), Lock()
        self._queue: list[_Write] = []
        self._is_led = self._is_closed = False
        self._failure: NodeError | None = None
        self._connection: Session | None = None
        self._connections = 0
        self._held.enter_context(self.backend.hold())
        try:
            self._connected()
        except BaseException:  # whatever it was, nobody else must find the ledger held
            self.close()
            raise

    def _connected(self) -> Session:
        """The connection, made anew where it was lost: with that, the right to write has to be won again."""
        if self._is_closed:
            raise Conflict(f"{self._what} is closed.", "Open it again.")
        if self._connection is None:
            session: Session | None = None
            try:
                session = self.backend.connect()
                if not self.backend.read_only:
                    migrate(self.backend, session, self._migrations, self._what)
            except self.backend.errors as error:
                raise self._noted(error, session).error from error
            except BaseException:
                if session is not None:
                    session.close()
                raise
            self._connection = session
            self._connections += 1
        return self._connection

    @property
    def version(self) -> int:
        with self._lock:
            return self.backend.version(self._connected())

    def size(self) -> int:
        """Bytes on disk; what every write fails with, where one spoilt the file for this process."""
        with self._lock:
            if self._failure is not None:
                raise self._failure
            connection = self._connected()
            try:
                return self.backend.size(connection)
            except self.backend.errors as error:
                raise self._noted(error, connection).error from error

    def mark(self) -> object | None:
        """Equal to an earlier one only where nobody committed anything since; None where that is not known."""
        with self._lock:
            connection = self._connected()
            try:
                found = self.backend.mark(connection)
            except self.backend.errors as error:
                raise self._noted(error, connection).error from error
            return None if found is None else (self._connections, found)

    def read(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        with self._lock:
            connection = self._connected()
            try:
                return connection.execute(sql, values).fetchall()
            except self.backend.errors as error:
                raise self._noted(error, connection).error from error

    def rows(self, sql: str, values: Sequence[object] = ()) -> Iterator[Row]:
        """As `read`, but bit by bit and as of the moment of the first; others read and write meanwhile."""
        try:
            yield from self.backend.rows(sql, values)
        except self.backend.errors as error:
            raise self.backend.fault(error, None).error from error

    def write(self, work: Callable[[Session], _Result]) -> _Result:
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
        failure: Exception | None = _interrupted()
        try:
            if self._failure is not None:
                raise self._failure
            self._transact(self._connected(), group)
            failure = None
        except _Undone as undone:
            failure = undone.fault.error
        except self.backend.errors as error:
            failure = self._noted(error, self._connection).error
        except NodeError as error:
            failure = error
        finally:
            if failure is not None:
                self._roll_back()
            for write in group:
                write.error = write.error or failure
                write.is_done = True

    def _transact(self, connection: Session, group: list[_Write]) -> None:
        connection.execute(self.backend.begin)
        for write in group:
            self._apply(connection, write)
        crashpoint("ledger.before-commit")
        connection.execute("COMMIT")
        crashpoint("ledger.committed")

    def _apply(self, connection: Session, write: _Write) -> None:
        connection.execute("SAVEPOINT one")
        try:
            write.result = write.work(connection)
        except self.backend.errors as error:
            fault = self._noted(error, connection)
            if fault.effect is not Effect.STATEMENT:
                raise _Undone(fault) from error
            write.error = fault.error
            connection.execute("ROLLBACK TO one")
        except Exception as error:  # the caller's own, handed back to the caller in `write`
            write.error = error
            connection.execute("ROLLBACK TO one")
        connection.execute("RELEASE one")

    def _roll_back(self) -> None:
        """A connection that cannot even do that is of no more use."""
        connection = self._connection
        if connection is None:
            return
        try:
            if self.backend.is_in_transaction(connection):
                connection.execute("ROLLBACK")
        except self.backend.errors:
            self._let_go()

    def _noted(self, error: Exception, connection: Session | None) -> Fault:
        fault = self.backend.fault(error, connection)
        if fault.effect is Effect.LEDGER:
            self._failure = fault.error
        if fault.effect is Effect.CONNECTION:
            self._let_go()
        return fault

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*self.backend.errors):
                connection.close()

    def close(self) -> None:
        with self._lock:
            self._let_go()
            self._is_closed = True
            self._held.close()


def _interrupted() -> Unavailable:
    return Unavailable("The commit was interrupted.", "Try again: what was written is recorded once.")
