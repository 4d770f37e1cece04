from collections.abc import Iterator
from pathlib import Path

import pytest

from tallystick.gateways.ledger.books import SqliteLedger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with SqliteLedger(tmp_path / "ledger.sqlite3") as opened:
        yield opened
