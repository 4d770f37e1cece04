"""What books see of a database, whichever it is; and what a database says of an error of its driver."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

import sqlalchemy

from tallystick.errors import NodeError


class Row(Protocol):
    """Values by name and by place."""

    def __getitem__(self, key: Any, /) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...


class Result(Protocol):
    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...


class Session(Protocol):
    """One connection. SQL is what both know, with `?` for values; `sqlite3.Connection` satisfies it as it is."""

    def execute(self, sql: str, values: Sequence[Any] = ..., /) -> Result: ...
    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> Result: ...
    def close(self) -> None: ...


class Effect(Enum):
    """What is lost by an error: one caller's statement, the commit under way, the connection, or all trust in it."""

    STATEMENT = 1
    COMMIT = 2
    CONNECTION = 3
    LEDGER = 4


@dataclass(frozen=True, slots=True)
class Fault:
    effect: Effect
    error: NodeError


class Backend(Protocol):
    """`errors` are its driver's. One writer at a time: from `hold` on, while what it gave is open."""

    errors: tuple[type[Exception], ...]
    begin: str
    read_only: bool

    def hold(self) -> AbstractContextManager[object]:
        """What keeps other processes from writing, where that does not hang on the connection. Conflict when held."""

    def connect(self) -> Session:
        """Ready for books; a writer's is durable and alone."""

    def rows(self, sql: str, values: Sequence[Any]) -> Iterator[Row]:
        """One by one, as of one moment, on a connection of their own: nobody waits for who reads them."""

    def engine(self) -> sqlalchemy.Engine:
        """The same tables for schema steps, copies and reports, beside the session."""

    def version(self, session: Session) -> int:
        """The schema's number, 0 where there is none."""

    def size(self, session: Session) -> int:
        """Bytes on disk."""

    def mark(self, session: Session) -> object | None:
        """Another one after whatever anybody committed since; None where the back end cannot tell."""

    def fault(self, error: Exception, session: Session | None) -> Fault: ...
    def is_in_transaction(self, session: Session) -> bool: ...
