import pytest

from support.ledger_records import hash_of
from tallystick.errors import NotFound
from tallystick.gateways.ledger.books import SqlLedger
from tallystick.ports import StoredPeriod


def test_period_when_stored_is_found_by_its_root(ledger: SqlLedger) -> None:
    first = StoredPeriod(1, hash_of("e1"), hash_of("c1"), b"leaves 1")
    second = StoredPeriod(2, hash_of("e2"), hash_of("c2"), b"leaves 2")
    assert ledger.periods.latest() is None

    ledger.periods.store(first)
    ledger.periods.store(second)

    assert ledger.periods.latest() == second
    assert ledger.periods.by_cumulative_root(hash_of("c1")) == first


def test_period_when_its_root_is_unknown_is_not_found(ledger: SqlLedger) -> None:
    with pytest.raises(NotFound):
        ledger.periods.by_cumulative_root(hash_of("nobody's"))
