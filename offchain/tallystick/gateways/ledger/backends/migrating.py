"""Brings a schema forward by Alembic. A newer one than this program knows is refused."""

import sqlite3
from collections.abc import Iterator
from importlib.resources import files
from threading import Lock
from typing import Any

import sqlalchemy

from tallystick.errors import Conflict
from tallystick.gateways.ledger.backends.session import Backend, Session

_ENVIRONMENT = "tallystick.gateways.ledger.migrations"
# Alembic keeps the run that is under way in module globals: two at once would mix.
_ONE_AT_A_TIME = Lock()


def latest(migrations: str) -> int:
    """The number of the newest step that this program knows."""
    versions = files(migrations) / "versions"
    return max(int(file.name[:4]) for file in versions.iterdir() if file.name.endswith(".py"))


def migrate(backend: Backend, session: Session, migrations: str, what: str) -> None:
    """Each step whole or not at all. Conflict for a schema from the future."""
    version, known = backend.version(session), latest(migrations)
    if version > known:
        raise Conflict(f"{what} has schema {version}, this program knows {known}.", "Use the newer program.")
    if version < known:
        _upgrade(backend, migrations)


def _upgrade(backend: Backend, migrations: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    places = {"script_location": files(_ENVIRONMENT), "version_locations": files(migrations) / "versions"}
    for name, folder in places.items():
        config.set_main_option(name, str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    engine = backend.engine()
    try:
        with _ONE_AT_A_TIME, engine.connect() as connection:
            config.attributes |= {"connection": connection, "on_step": _note_in_file}
            command.upgrade(config, "head")
    except sqlalchemy.exc.DBAPIError as error:
        raise (error.orig or error) from error
    finally:
        engine.dispose()


def _note_in_file(*, ctx: Any, step: Any, heads: Any, run_args: Any) -> None:
    """SQLite's own number follows, in the same transaction: programs from before Alembic then refuse the file."""
    if ctx.connection.dialect.name == "sqlite":
        ctx.connection.exec_driver_sql(f"PRAGMA user_version = {int(step.up_revision_id)}")


def run_history(connection: sqlalchemy.Connection, history: str) -> None:
    """On SQLite every numbered script after the file's own number; on PostgreSQL what they add up to."""
    folder = files(history)
    if connection.dialect.name != "sqlite":
        cursor = connection.connection.cursor()
        cursor.execute((folder / "postgresql.sql").read_text(encoding="utf-8"))
        return
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    for file in sorted((f for f in folder.iterdir() if f.name[:4].isdigit()), key=lambda f: f.name):
        if int(file.name[:4]) > version:
            for statement in _statements(file.read_text(encoding="utf-8")):
                connection.exec_driver_sql(statement)


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
