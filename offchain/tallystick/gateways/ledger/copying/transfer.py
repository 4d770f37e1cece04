"""Every row of one ledger into an empty one of the same schema, of either kind, and proof that they are the same."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, Final, cast

import psycopg
import sqlalchemy as sa
from psycopg import sql

from tallystick.errors import IntegrityViolation

_CHUNK: Final = 5_000
_SCHEMA_TABLE: Final = "alembic_version"


def tables_of(connection: sa.Connection) -> list[sa.Table]:
    """What a table refers to comes before it."""
    found = sa.MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != _SCHEMA_TABLE]


def rows_of(connection: sa.Connection, table: sa.Table) -> Iterator[tuple[Any, ...]]:
    """By their keys, without holding all of them in memory."""
    wanted = sa.select(*table.c).order_by(*table.primary_key.columns)
    for part in connection.execute(wanted, execution_options={"yield_per": _CHUNK}).partitions():
        yield from (tuple(row) for row in part)


def is_empty(connection: sa.Connection) -> bool:
    return not any(
        connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first()
        for table in tables_of(connection)
    )


def transfer(source: sa.Connection, target: sa.Connection) -> None:
    """Rows arrive as they are: nothing that a trigger would add. IntegrityViolation when they did not."""
    tables = tables_of(target)
    with_triggers = _silence(target, tables)
    for table in tables:
        (_copy_in if target.dialect.name == "postgresql" else _insert)(target, table, rows_of(source, table))
    for statement in with_triggers:
        target.exec_driver_sql(statement)
    for table in tables:
        if _digest(source, table) != _digest(target, table):
            raise IntegrityViolation(
                f"The table {table.name} is not the same after it was copied.", "Check both disks."
            )


def _silence(target: sa.Connection, tables: list[sa.Table]) -> list[str]:
    """Triggers off; what sets them up again."""
    if target.dialect.name == "postgresql":
        for table in tables:
            target.exec_driver_sql(f"ALTER TABLE {table.name} DISABLE TRIGGER USER")
        numbering = [_numbering(table) for table in tables]
        return [f"ALTER TABLE {t.name} ENABLE TRIGGER USER" for t in tables] + [n for n in numbering if n]
    found = target.exec_driver_sql("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all()
    for name, _ in found:
        target.exec_driver_sql(f"DROP TRIGGER {name}")
    return [made for _, made in found]


def _numbering(table: sa.Table) -> str | None:
    """Numbers that a server gives go on after those that were copied."""
    for column in table.c:
        if column.identity is not None:
            sequence = f"pg_get_serial_sequence('{table.name}', '{column.name}')"
            top = f"(SELECT coalesce(max({column.name}), 0) + 1 FROM {table.name})"
            return f"SELECT setval({sequence}, {top}, false)"
    return None


def _copy_in(target: sa.Connection, table: sa.Table, rows: Iterable[tuple[Any, ...]]) -> None:
    driver = cast("psycopg.Connection[Any]", target.connection.driver_connection)
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.c)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
    with driver.cursor() as cursor, cursor.copy(statement) as copying:
        for row in rows:
            copying.write_row(row)


def _insert(target: sa.Connection, table: sa.Table, rows: Iterable[tuple[Any, ...]]) -> None:
    driver = cast(Any, target.connection.driver_connection)
    names = ", ".join(column.name for column in table.c)
    driver.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({', '.join('?' * len(table.c))})", rows)


def _digest(connection: sa.Connection, table: sa.Table) -> bytes:
    summed = hashlib.sha256()
    for row in rows_of(connection, table):
        summed.update(repr(row).encode())
    return summed.digest()
