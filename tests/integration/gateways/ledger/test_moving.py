"""Books move between a file and a server, and none is lost, doubled or numbered anew."""

from pathlib import Path

import pytest
from pyarrow.parquet import read_table

from support.ledger_records import BOB, NORA, OPENING, hash_of, make_receipt, make_voucher
from tallystick.domain.answers.usefulness import Standing
from tallystick.domain.ids import AssetId, Pot
from tallystick.errors import Conflict
from tallystick.gateways.ledger.analysis.analyst import ParquetAnalyst
from tallystick.gateways.ledger.books import SqlLedger
from tallystick.gateways.ledger.copying.keeper import LedgerKeeper
from tallystick.ports import AuditedShares, NewAlarm, NewEntry, RetrainingStep, StoredBatch, StoredWatch

MODEL = AssetId(b"\x07" * 32)


def fill(place: Path | str) -> None:
    with SqlLedger(place) as ledger:
        for lane in range(3):
            ledger.receipts.store(make_receipt(0, 100, lane=lane), OPENING)
            ledger.vouchers.store(make_voucher(100, 900, lane=lane))
        batch = StoredBatch(hash_of("batch"), NORA, b"header", hash_of("data"), "drafted")
        ledger.batches.draft(batch, [make_receipt(0, 100).digest])
        ledger.traffic.note("first", [NewEntry("answer", make_receipt().digest, 5, "{}")])
        alarm = NewAlarm("label-drift", "s", 1, 9, 5, 1, 2, 3, hash_of("evidence"))
        ledger.traffic.advance(0, StoredWatch("first", 1, "a"), [alarm], 20)
        ledger.retrainings.record(RetrainingStep(1, "collected", 22, "ok", "", "{}"))
        ledger.audited_shares.note(
            [AuditedShares(NORA, hash_of("r"), Pot.TRAINING, {AssetId(b"\x01" * 32): 5})]
        )
        ledger.usefulness.note(MODEL, [Standing((MODEL, 0), 8, 1, 2, (((MODEL, 1), 5),))])


def told(ledger: SqlLedger) -> list[object]:
    """All that a reader of these books is told."""
    receipts = ledger.receipts.recent()
    return [
        receipts,
        [ledger.receipts.opening(stored.digest) for stored in receipts],
        ledger.vouchers.lanes(),
        ledger.batches.list(),
        ledger.traffic.after("first", 0),
        ledger.alarms.list(),
        ledger.retrainings.steps(1),
        ledger.audited_shares.of(NORA),
        ledger.usefulness.of(MODEL),
    ]


def test_books_when_moved_to_a_server_and_back_tell_the_same(place: str, tmp_path: Path) -> None:
    first, copy, back, last = (tmp_path / f"{name}.sqlite3" for name in ("first", "copy", "back", "last"))
    fill(first)
    LedgerKeeper(first).copy(copy)
    LedgerKeeper(place).load(copy)
    assert LedgerKeeper(place).copy(back) == 3
    LedgerKeeper(last).load(back)

    with SqlLedger(first) as one, SqlLedger(place) as two, SqlLedger(last) as three:
        assert told(one) == told(two) == told(three)
        for ledger in (two, three):
            ledger.receipts.store(make_receipt(100, 300))
            ledger.traffic.note("first", [NewEntry("answer", hash_of("next"), 6, "{}")])
            assert ledger.receipts.recent(1)[0].receipt.cumulative == 300
            assert [entry.position for entry in ledger.traffic.after("first", 0)] == [1, 2]
            assert ledger.vouchers.next_lane(BOB, NORA) == 3


def test_books_when_a_server_has_some_already_are_not_mixed(place: str, tmp_path: Path) -> None:
    source, copy = tmp_path / "ledger.sqlite3", tmp_path / "copy.sqlite3"
    fill(source)
    LedgerKeeper(source).copy(copy)
    fill(place)

    with pytest.raises(Conflict, match="books already"):
        LedgerKeeper(place).load(copy)

    with SqlLedger(place) as ledger:
        assert len(ledger.receipts.recent()) == 3


def test_books_when_the_server_writes_meanwhile_are_copied_and_not_replaced(
    place: str, tmp_path: Path
) -> None:
    with SqlLedger(place) as ledger:
        ledger.receipts.store(make_receipt(0, 100))
        assert LedgerKeeper(place).copy(tmp_path / "copy.sqlite3") == 1
        with pytest.raises(Conflict, match="in use"):
            LedgerKeeper(place).check_free()
        ledger.receipts.store(make_receipt(100, 200))


def test_export_when_from_a_server_equals_that_of_a_file(place: str, tmp_path: Path) -> None:
    file, copy = tmp_path / "ledger.sqlite3", tmp_path / "copy.sqlite3"
    fill(file)
    LedgerKeeper(file).copy(copy)
    LedgerKeeper(place).load(copy)

    exported = []
    for source, folder in ((file, tmp_path / "from-file"), (place, tmp_path / "from-server")):
        folder.mkdir()
        counts = ParquetAnalyst(source).export(folder, lambda period: (), with_text=True)
        tables = {path.stem: read_table(path).to_pylist() for path in folder.glob("*.parquet")}
        assert counts == {name: len(rows) for name, rows in tables.items()}
        exported.append(tables)

    assert exported[0] == exported[1] and len(exported[0]["receipts"]) == 3
