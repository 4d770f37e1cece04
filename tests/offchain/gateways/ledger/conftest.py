"""Books in a SQLite file. The integration suite runs the same tests over PostgreSQL, by a `place` of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tallystick.gateways.ledger.books import SqlLedger


@pytest.fixture
def place(tmp_path: Path) -> Path | str:
    return tmp_path / "ledger.sqlite3"


@pytest.fixture
def ledger(place: Path | str) -> Iterator[SqlLedger]:
    with SqlLedger(place) as opened:
        yield opened
