"""Commits of a database, told as they are made."""

from collections.abc import Callable
from typing import Any

from tallystick.gateways.ledger.database import Database


class _Told:
    """A session that says its commits before they are made; all else is the session's."""

    def __init__(self, session: Any, told: Callable[[], None]) -> None:
        self._session, self._told = session, told

    def execute(self, sql: str, *values: Any) -> Any:
        if sql == "COMMIT":
            self._told()
        return self._session.execute(sql, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


def count_commits(database: Database, meanwhile: Callable[[], None] = lambda: None) -> list[str]:
    """Grows by one with each commit from now on."""
    commits: list[str] = []

    def told() -> None:
        commits.append("COMMIT")
        meanwhile()

    database._connection = _Told(database._connection, told)  # type: ignore[assignment]
    return commits
