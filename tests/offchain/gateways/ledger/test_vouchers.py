import pytest

from support.ledger_records import BOB, NORA, hash_of, make_receipt, make_voucher
from tallystick.errors import Conflict
from tallystick.gateways.ledger.books import SqliteLedger


def test_voucher_when_first_on_a_lane_promises_only(ledger: SqliteLedger) -> None:
    ledger.vouchers.store(make_voucher(0, 500))

    assert ledger.vouchers.latest(BOB, NORA, 0) == make_voucher(0, 500)
    assert ledger.vouchers.latest(BOB, NORA, 1) is None


def test_voucher_when_it_grows_replaces_the_latest(ledger: SqliteLedger) -> None:
    for signed in (
        make_voucher(0, 500),
        make_voucher(100, 500),
        make_voucher(100, 900),
        make_voucher(300, 900),
    ):
        ledger.vouchers.store(signed)

    assert ledger.vouchers.latest(BOB, NORA, 0) == make_voucher(300, 900)
    assert ledger.vouchers.lanes() == (make_voucher(300, 900),)


@pytest.mark.parametrize("later", [(100, 499), (99, 900)], ids=["limit", "acknowledged"])
def test_voucher_when_it_goes_back_is_refused(ledger: SqliteLedger, later: tuple[int, int]) -> None:
    ledger.vouchers.store(make_voucher(100, 500))

    with pytest.raises(Conflict, match="goes back"):
        ledger.vouchers.store(make_voucher(*later))

    assert ledger.vouchers.latest(BOB, NORA, 0) == make_voucher(100, 500)


def test_voucher_when_it_names_another_head_for_the_same_point_is_refused(ledger: SqliteLedger) -> None:
    ledger.vouchers.store(make_voucher(100))

    with pytest.raises(Conflict, match="another head"):
        ledger.vouchers.store(make_voucher(100, 900, head=hash_of("forged")))


def test_voucher_when_it_names_another_head_than_the_receipt_is_refused(ledger: SqliteLedger) -> None:
    ledger.receipts.store(make_receipt(0, 100))

    with pytest.raises(Conflict, match="another head"):
        ledger.vouchers.store(make_voucher(100, head=hash_of("forged")))

    assert ledger.receipts.unbatched(NORA) == ()


def test_lanes_when_asked_for_one_consumer_show_no_other(ledger: SqliteLedger) -> None:
    ledger.vouchers.store(make_voucher(0))
    ledger.vouchers.store(make_voucher(0, 40, lane=3))

    assert ledger.vouchers.lanes(consumer=BOB) == (make_voucher(0), make_voucher(0, 40, lane=3))
    assert ledger.vouchers.lanes(consumer=NORA) == ()


def test_next_lane_when_lanes_were_used_is_above_them(ledger: SqliteLedger) -> None:
    assert ledger.vouchers.next_lane(BOB, NORA) == 0
    ledger.vouchers.store(make_voucher(0, lane=2))
    assert ledger.vouchers.next_lane(BOB, NORA) == 3
    ledger.receipts.store(make_receipt(0, 5, lane=7))
    assert ledger.vouchers.next_lane(BOB, NORA) == 8
