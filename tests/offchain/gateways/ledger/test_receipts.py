import dataclasses
import sqlite3
from importlib.resources import files
from pathlib import Path

import pytest

from support.ledger_records import BOB, NORA, OPENING, make_receipt, make_voucher
from tallystick.domain.answers.opened import OutputRecord
from tallystick.domain.ids import Address, Hash
from tallystick.errors import Conflict, InvalidInput, NotFound
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.gateways.ledger.columns import u128


def test_receipt_when_stored_comes_back_whole(ledger: SqliteLedger) -> None:
    stored = make_receipt(0, 2**128 - 1, lane=2**64 - 1)

    ledger.receipts.store(stored, OPENING)

    assert ledger.receipts.get(stored.digest) == stored
    assert ledger.receipts.opening(stored.digest) == OPENING
    assert ledger.receipts.recent() == (stored,)


def test_receipt_when_stored_again_changes_nothing(ledger: SqliteLedger) -> None:
    ledger.receipts.store(make_receipt(), OPENING)
    ledger.receipts.store(make_receipt(), OPENING)

    assert len(ledger.receipts.recent()) == 1


def test_receipt_when_another_has_its_start_is_refused(ledger: SqliteLedger) -> None:
    ledger.receipts.store(make_receipt(0, 100))

    with pytest.raises(Conflict, match="Never sign a second"):
        ledger.receipts.store(make_receipt(0, 100, variant="other answer"), OPENING)

    assert ledger.receipts.recent() == (make_receipt(0, 100),)
    with pytest.raises(NotFound):
        ledger.receipts.opening(make_receipt(0, 100, variant="other answer").digest)


def test_receipt_when_it_covers_nothing_is_refused(ledger: SqliteLedger) -> None:
    with pytest.raises(Conflict):
        ledger.receipts.store(make_receipt(100, 100))


def test_receipt_when_an_amount_is_above_its_width_is_refused(ledger: SqliteLedger) -> None:
    with pytest.raises(InvalidInput, match="128 bits"):
        ledger.receipts.store(make_receipt(0, 2**128))


def test_receipt_when_unknown_is_not_found(ledger: SqliteLedger) -> None:
    with pytest.raises(NotFound):
        ledger.receipts.get(Hash(bytes(32)))
    with pytest.raises(NotFound):
        ledger.receipts.opening(Hash(bytes(32)))


def test_lane_when_it_grows_is_read_in_order(ledger: SqliteLedger) -> None:
    first, second = make_receipt(0, 100), make_receipt(100, 300)
    for stored in (second, first, make_receipt(0, 7, lane=1)):
        ledger.receipts.store(stored)

    assert ledger.receipts.lane(BOB, NORA, 0) == (first, second)
    assert ledger.receipts.last(BOB, NORA, 0) == second
    assert ledger.receipts.last(BOB, NORA, 9) is None


def test_unbatched_when_a_voucher_came_holds_all_it_covers_in_leaf_order(ledger: SqliteLedger) -> None:
    for stored in (
        make_receipt(0, 9, lane=1),
        make_receipt(0, 100),
        make_receipt(100, 300),
        make_receipt(300, 400),
    ):
        ledger.receipts.store(stored)
    assert ledger.receipts.unbatched(NORA) == ()

    ledger.vouchers.store(make_voucher(300))
    ledger.vouchers.store(make_voucher(9, lane=1))

    found = ledger.receipts.unbatched(NORA)
    assert [(s.receipt.lane, s.receipt.cumulative) for s in found] == [(0, 100), (0, 300), (1, 9)]
    assert [s.voucher for s in found] == [None, make_voucher(300), make_voucher(9, lane=1)]
    assert ledger.receipts.unbatched(BOB) == ()


def test_receipt_when_its_voucher_was_there_first_is_acknowledged(ledger: SqliteLedger) -> None:
    ledger.vouchers.store(make_voucher(100))

    ledger.receipts.store(make_receipt(0, 100))

    wanted = dataclasses.replace(make_receipt(0, 100), is_acknowledged=True, voucher=make_voucher(100))
    assert ledger.receipts.unbatched(NORA) == (wanted,)


def test_ledger_when_from_before_output_records_keeps_the_answers(tmp_path: Path) -> None:
    path, found = tmp_path / "old.sqlite3", files("tallystick.gateways.ledger.migrations")
    older = sorted((f for f in found.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)[:2]
    with sqlite3.connect(path) as connection:
        for migration in older:
            connection.executescript(migration.read_text())
        connection.execute("PRAGMA user_version = 2")
        connection.execute("PRAGMA foreign_keys = OFF")
        row = (b"d" * 32, b"s" * 32, "[]", 'an "old" añswer', "{}")
        connection.execute("INSERT INTO openings VALUES (?, ?, ?, ?, ?)", row)
    connection.close()

    with SqliteLedger(path) as ledger:
        assert ledger.receipts.opening(Hash(b"d" * 32)).output == OutputRecord('an "old" añswer', ())


def test_ledger_when_from_before_vouchers_acknowledged_tells_the_same(tmp_path: Path) -> None:
    path, found = tmp_path / "old.sqlite3", files("tallystick.gateways.ledger.migrations")
    older = sorted((f for f in found.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)[:3]
    with sqlite3.connect(path) as connection:
        for migration in older:
            connection.executescript(migration.read_text())
        connection.execute("PRAGMA user_version = 3")
        connection.execute(
            "INSERT INTO vouchers VALUES ('c', 'o', zeroblob(8), ?, ?, x'aa', x'bb')",
            (u128(100), u128(500)),
        )
        for previous, cumulative, is_acknowledged in ((0, 100, 1), (100, 300, 0)):
            interval = (u128(previous), u128(cumulative))
            words = (b"t", 1, 1, b"q", b"o", b"l", b"a", 7, b"p", b"h", b"e", is_acknowledged, None)
            row = (None, b"d%d" % previous, "c", "o", bytes(8), *interval, *words)
            connection.execute(f"INSERT INTO receipts VALUES ({', '.join('?' * len(row))})", row)
    connection.close()

    with SqliteLedger(path) as ledger:
        assert [s.is_acknowledged for s in ledger.receipts.recent()] == [False, True]
        assert [s.digest for s in ledger.receipts.unbatched(Address("o"))] == [b"d0"]
