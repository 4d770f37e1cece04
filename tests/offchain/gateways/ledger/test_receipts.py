import dataclasses
from pathlib import Path

import pytest

from support.ledger_records import BOB, NORA, OPENING, make_receipt, make_voucher
from tallystick.domain.ids import Hash
from tallystick.errors import Conflict, InvalidInput, NotFound
from tallystick.gateways.ledger.books import SqlLedger
from tallystick.ports import ReceiptTally


def test_receipt_when_stored_comes_back_whole(ledger: SqlLedger) -> None:
    stored = make_receipt(0, 2**128 - 1, lane=2**64 - 1)

    ledger.receipts.store(stored, OPENING)

    assert ledger.receipts.get(stored.digest) == stored
    assert ledger.receipts.opening(stored.digest) == OPENING
    assert ledger.receipts.recent() == (stored,)


def test_receipt_when_stored_again_changes_nothing(ledger: SqlLedger) -> None:
    ledger.receipts.store(make_receipt(), OPENING)
    ledger.receipts.store(make_receipt(), OPENING)

    assert len(ledger.receipts.recent()) == 1


def test_receipt_when_another_has_its_start_is_refused(ledger: SqlLedger) -> None:
    ledger.receipts.store(make_receipt(0, 100))

    with pytest.raises(Conflict, match="Never sign a second"):
        ledger.receipts.store(make_receipt(0, 100, variant="other answer"), OPENING)

    assert ledger.receipts.recent() == (make_receipt(0, 100),)
    with pytest.raises(NotFound):
        ledger.receipts.opening(make_receipt(0, 100, variant="other answer").digest)


def test_receipt_when_it_covers_nothing_is_refused(ledger: SqlLedger) -> None:
    with pytest.raises(Conflict):
        ledger.receipts.store(make_receipt(100, 100))


def test_receipt_when_an_amount_is_above_its_width_is_refused(ledger: SqlLedger) -> None:
    with pytest.raises(InvalidInput, match="128 bits"):
        ledger.receipts.store(make_receipt(0, 2**128))


def test_receipt_when_unknown_is_not_found(ledger: SqlLedger) -> None:
    with pytest.raises(NotFound):
        ledger.receipts.get(Hash(bytes(32)))
    with pytest.raises(NotFound):
        ledger.receipts.opening(Hash(bytes(32)))


def test_lane_when_it_grows_is_read_in_order(ledger: SqlLedger) -> None:
    first, second = make_receipt(0, 100), make_receipt(100, 300)
    for stored in (second, first, make_receipt(0, 7, lane=1)):
        ledger.receipts.store(stored)

    assert ledger.receipts.lane(BOB, NORA, 0) == (first, second)
    assert ledger.receipts.last(BOB, NORA, 0) == second
    assert ledger.receipts.last(BOB, NORA, 9) is None


def test_unbatched_when_a_voucher_came_holds_all_it_covers_in_leaf_order(ledger: SqlLedger) -> None:
    for stored in (
        make_receipt(0, 9, lane=1),
        make_receipt(0, 100),
        make_receipt(100, 300),
        make_receipt(300, 400),
    ):
        ledger.receipts.store(stored)
    assert [*ledger.receipts.unbatched(NORA)] == []

    ledger.vouchers.store(make_voucher(300))
    ledger.vouchers.store(make_voucher(9, lane=1))

    found = [*ledger.receipts.unbatched(NORA)]
    assert [(s.receipt.lane, s.receipt.cumulative) for s in found] == [(0, 100), (0, 300), (1, 9)]
    assert [s.voucher for s in found] == [None, make_voucher(300), make_voucher(9, lane=1)]
    assert [*ledger.receipts.unbatched(BOB)] == []


def test_receipt_when_its_voucher_was_there_first_is_acknowledged(ledger: SqlLedger) -> None:
    ledger.vouchers.store(make_voucher(100))

    ledger.receipts.store(make_receipt(0, 100))

    wanted = dataclasses.replace(make_receipt(0, 100), is_acknowledged=True, voucher=make_voucher(100))
    assert [*ledger.receipts.unbatched(NORA)] == [wanted]


def test_tally_when_anything_was_committed_is_taken_anew(ledger: SqlLedger, place: Path | str) -> None:
    ledger.receipts.store(make_receipt(0, 100))
    with SqlLedger(place, read_only=True) as reader:
        before = [books.receipts.tally() for books in (ledger, reader, reader)]

        ledger.receipts.store(make_receipt(100, 300))
        ledger.vouchers.store(make_voucher(300))

        after = [books.receipts.tally() for books in (ledger, reader)]
    assert before == [ReceiptTally(1, 0, 0)] * 3
    assert after == [ReceiptTally(2, 0, 300)] * 2
