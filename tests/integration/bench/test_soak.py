"""The soak counts what it says: nothing is wrong after a short one, and a receipt that is taken away is missed."""

from pathlib import Path

import pytest

from bench import soak
from bench.soaking.books import examine
from bench.soaking.clients import crowd
from tallystick.gateways.ledger.books import SqliteLedger

pytestmark = pytest.mark.integration


def test_soak_when_short_loses_nothing_and_a_lost_receipt_would_be_counted(tmp_path: Path) -> None:
    path = tmp_path / "operator.sqlite3"
    with soak._operator(path) as (url, sizes):
        people = crowd(url, tmp_path, 3, 4.0)

    found = examine(path, tmp_path, people)
    empty = tmp_path / "empty.sqlite3"
    SqliteLedger(empty).close()
    missing = examine(empty, tmp_path, people)

    assert found.receipts > 0 and sizes and [fault for p in people for fault in p.faults] == []
    assert (found.lost, found.twice, found.units_off) == (0, 0, 0)
    assert missing.lost >= found.acknowledged > 0
