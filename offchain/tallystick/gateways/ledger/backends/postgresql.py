"""A schema of a PostgreSQL database, held by one writer through an advisory lock.

The lock hangs on the connection: whoever loses that can commit nothing on it, and must win the lock again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from functools import lru_cache
from time import monotonic, sleep
from typing import Any, Final, cast

import psycopg
import sqlalchemy
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from sqlalchemy.pool import NullPool

from tallystick.errors import Conflict, IntegrityViolation, InvalidInput, NodeError, Unavailable
from tallystick.gateways.ledger.backends.session import Effect, Fault, Result, Row, Session

_CONNECT_S: Final = 10
_PATIENCE_S: Final = 3.0  # a killed writer's connection lives on for a moment
_LOCK: Final = "hashtext('tallystick ledger'), hashtext(current_schema())"
_HOLDER: Final = """
SELECT a.pid, coalesce(host(a.client_addr), 'this machine') AS address FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.classid = hashtext('tallystick ledger')::oid
AND l.objid = hashtext(current_schema())::oid
AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_CLIENT: Final[dict[str, Any]] = {
    "connect_timeout": _CONNECT_S,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # ms; a server that vanished is told from a slow one
    "fallback_application_name": "tallystick",
}
# A writer whose machine vanished holds the lock until the server notices: a minute, instead of two hours.
_SETTINGS: Final = (
    "synchronous_commit = on",
    "lock_timeout = '10s'",
    "tcp_keepalives_idle = 30",
    "tcp_keepalives_interval = 10",
    "tcp_keepalives_count = 3",
)
_AT_ONCE: Final = 1000  # rows of an answer that is read bit by bit
_UNSURE: Final = "Try again: what was being written may be recorded, and is recorded only once."
_RESOURCES: Final = (
    "53",
    "55",
    "57",
    "40",
    "58",
)  # space, locks, operator's orders, rollbacks, the disk's own errors


class Values(tuple[Any, ...]):
    """A row: values by place, and by the names of its columns."""

    places: dict[str, int]

    def __getitem__(self, key: Any) -> Any:
        return tuple.__getitem__(self, self.places[key] if isinstance(key, str) else key)


def _named(cursor: psycopg.Cursor[Any]) -> Callable[[Sequence[Any]], Values]:
    places = {column.name: place for place, column in enumerate(cursor.description or ())}

    def make(values: Sequence[Any]) -> Values:
        row = Values(values)
        row.places = places
        return row

    return make


class PostgresSession:
    """Satisfies `Session`."""

    def __init__(self, connection: psycopg.Connection[Values]) -> None:
        self.connection = connection

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Result:
        return self.connection.execute(_with_places(sql), values or None)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> Result:
        cursor = self.connection.cursor()
        cursor.executemany(_with_places(sql), rows)
        return cursor

    def close(self) -> None:
        self.connection.close()


@lru_cache(maxsize=1024)
def _with_places(sql: str) -> bytes:
    return sql.replace("?", "%s").encode()


class PostgresSchema:
    """Satisfies `Backend`: the first schema of the search path that the URL leads to."""

    errors: tuple[type[Exception], ...] = (psycopg.Error,)
    begin = "BEGIN"

    def __init__(self, url: str, *, read_only: bool, what: str) -> None:
        self._url, self.read_only, self._what = url, read_only, what

    def hold(self) -> AbstractContextManager[object]:
        return nullcontext()

    def connect(self) -> Session:
        connection = self._open()
        connection.row_factory = _named
        session = PostgresSession(cast(psycopg.Connection[Values], connection))
        try:
            if self.read_only:
                session.execute("SET default_transaction_read_only = on")
            else:
                self._prepare(session)
        except (psycopg.Error, NodeError):
            session.close()
            raise
        return session

    def _prepare(self, session: PostgresSession) -> None:
        for setting in _SETTINGS:
            session.execute(f"SET {setting}")
        facts = "current_setting('server_encoding'), current_setting('fsync'), pg_is_in_recovery(), current_schema()"
        encoding, fsync, is_standby, schema = session.execute(f"SELECT {facts}").fetchone()
        if encoding != "UTF8":
            raise InvalidInput(f"{self._what}'s database is encoded in {encoding}.", "Make one in UTF8.")
        if fsync != "on":
            raise InvalidInput(
                f"{self._what}'s server runs with fsync off and would lose rows at a power cut.",
                "Set fsync = on in postgresql.conf.",
            )
        if schema is None:
            raise InvalidInput(
                f"{self._what}'s URL leads to no schema.", "CREATE SCHEMA, or correct its search_path."
            )
        if is_standby:
            raise Unavailable(f"{self._what}'s server is a standby.", "Give the URL of the primary.")
        self._lock(session)

    def _lock(self, session: PostgresSession) -> None:
        deadline = monotonic() + _PATIENCE_S
        while not session.execute(f"SELECT pg_try_advisory_lock({_LOCK})").fetchone()[0]:
            if monotonic() > deadline:
                raise self._taken(session)
            sleep(0.1)

    def _taken(self, session: PostgresSession) -> Conflict:
        found = session.execute(_HOLDER).fetchone()
        holder = f"session {found['pid']} from {found['address']}" if found else "another session"
        return Conflict(
            f"{self._what} is already in use by {holder} of the PostgreSQL server.",
            "Stop that node, or give this one a schema of its own.",
        )

    def rows(self, sql: str, values: Sequence[Any]) -> Iterator[Row]:
        with closing(self._open(autocommit=False)) as connection:
            cursor = connection.cursor("rows", row_factory=_named)
            cursor.itersize = _AT_ONCE
            yield from cursor.execute(_with_places(sql), values or None)

    def engine(self) -> sqlalchemy.Engine:
        """Its connections hold no lock: the session beside it does. What only reads sees one moment throughout."""
        made = sqlalchemy.create_engine(
            "postgresql+psycopg://", creator=lambda: self._open(autocommit=False), poolclass=NullPool
        )
        if self.read_only:
            return made.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return made

    def version(self, session: Session) -> int:
        if session.execute("SELECT to_regclass('alembic_version')").fetchone()[0] is None:
            return 0
        found = session.execute("SELECT version_num FROM alembic_version").fetchone()
        return 0 if found is None else int(found[0])

    def size(self, session: Session) -> int:
        tables = "SELECT c.oid FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace"
        summed = f"SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM ({tables}) AS t"
        return int(session.execute(summed).fetchone()[0])

    def mark(self, session: Session) -> None:
        """It has no count of commits that is one of this schema's alone."""

    def fault(self, error: Exception, session: Session | None) -> Fault:
        state = getattr(error, "sqlstate", None) or ""
        said = str(error).strip().rstrip(".")
        if session is None or cast(PostgresSession, session).connection.closed:
            why = f"The ledger's PostgreSQL server cannot be reached: {said}."
            return Fault(
                Effect.CONNECTION,
                Unavailable(
                    why, "Start it, or correct the setting `database`." if session is None else _UNSURE
                ),
            )
        if isinstance(error, psycopg.IntegrityError):
            refused = Conflict(
                f"The ledger refuses this: {said}.", "It contradicts what is recorded already."
            )
            return Fault(Effect.STATEMENT, refused)
        if isinstance(error, psycopg.DataError):
            wrong = InvalidInput(f"The ledger cannot hold this: {said}.", "Correct what was given.")
            return Fault(Effect.STATEMENT, wrong)
        if state[:2] in _RESOURCES:
            why = f"The ledger cannot be written: {said}."
            hint = "See to the server's disk and settings, and try again; nothing was recorded."
            return Fault(Effect.COMMIT, Unavailable(why, hint))
        failed = IntegrityViolation(
            f"The ledger's PostgreSQL server failed: {said}.",
            "Stop the node, look at the server's log, restore from a copy if need be.",
        )
        return Fault(Effect.LEDGER, failed)

    def is_in_transaction(self, session: Session) -> bool:
        connection = cast(PostgresSession, session).connection
        return connection.info.transaction_status != TransactionStatus.IDLE

    def _open(self, *, autocommit: bool = True) -> psycopg.Connection[Any]:
        """What the URL says goes before our own patience."""
        given: dict[str, Any] = dict(conninfo_to_dict(self._url))
        return psycopg.connect(autocommit=autocommit, **(_CLIENT | given))
