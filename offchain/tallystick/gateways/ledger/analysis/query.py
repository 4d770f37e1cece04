"""DuckDB over exported files: one statement that reads them, and nothing else of this machine."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb

from tallystick.errors import InvalidInput, NotFound

_MEMORY: Final = "1GB"


def query(folder: Path, sql: str, limit: int) -> tuple[tuple[str, ...], tuple[tuple[object, ...], ...]]:
    """Names of the columns, and at most `limit` rows. InvalidInput for anything but one SELECT."""
    files = sorted(folder.absolute().glob("*.parquet"))
    if not files:
        raise NotFound(f"{folder} holds no exported books.", "`tallystick node export` makes it.")
    with duckdb.connect(":memory:") as connection:
        for file in files:
            source = str(file).replace("'", "''")
            connection.execute(f"CREATE VIEW \"{file.stem}\" AS SELECT * FROM read_parquet('{source}')")
        _confine(connection, files)
        try:
            statements = connection.extract_statements(sql)
            if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                raise InvalidInput("Only one SELECT is answered.", "Exported books are for reading.")
            told = connection.execute(statements[0])
            columns = tuple(str(column[0]) for column in told.description or ())
            return columns, tuple(_plain(row) for row in told.fetchmany(limit))
        except duckdb.Error as error:
            known = ", ".join(file.stem for file in files)
            raise InvalidInput(f"The question fails: {error}", f"Tables are {known}.") from error


def _confine(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> None:
    """No other file, no network, no extension; and that can be changed no more."""
    paths = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
    for setting in (
        f"allowed_paths = [{paths}]",
        "enable_external_access = false",
        f"memory_limit = '{_MEMORY}'",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")


def _plain(row: Sequence[Any]) -> tuple[object, ...]:
    return tuple(
        int(v)
        if isinstance(v, Decimal) and v == int(v)
        else v.isoformat()
        if isinstance(v, datetime | date)
        else v
        for v in row
    )
