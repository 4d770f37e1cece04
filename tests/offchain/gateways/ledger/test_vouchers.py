import pytest

from support.databases.commits import count_commits
from support.ledger_records import BOB, NORA, hash_of, make_receipt, make_voucher
from tallystick.errors import Conflict
from tallystick.gateways.ledger.books import SqlLedger
from tallystick.pipeline.receipts.voucher import check_covers


def test_voucher_when_first_on_a_lane_promises_only(ledger: SqlLedger) -> None:
    ledger.vouchers.store(make_voucher(0, 500))

    assert ledger.vouchers.latest(BOB, NORA, 0) == make_voucher(0, 500)
    assert ledger.vouchers.latest(BOB, NORA, 1) is None


def test_voucher_when_it_grows_replaces_the_latest(ledger: SqlLedger) -> None:
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
def test_voucher_when_it_goes_back_is_refused(ledger: SqlLedger, later: tuple[int, int]) -> None:
    ledger.vouchers.store(make_voucher(100, 500))

    with pytest.raises(Conflict, match="goes back"):
        ledger.vouchers.store(make_voucher(*later))

    assert ledger.vouchers.latest(BOB, NORA, 0) == make_voucher(100, 500)


def test_voucher_when_it_names_another_head_for_the_same_point_is_refused(ledger: SqlLedger) -> None:
    ledger.vouchers.store(make_voucher(100))

    with pytest.raises(Conflict, match="another head"):
        ledger.vouchers.store(make_voucher(100, 900, head=hash_of("forged")))


def test_voucher_when_it_names_another_head_than_the_receipt_is_refused(ledger: SqlLedger) -> None:
    ledger.receipts.store(make_receipt(0, 100))

    with pytest.raises(Conflict, match="another head"):
        ledger.vouchers.store(make_voucher(100, head=hash_of("forged")))

    assert [*ledger.receipts.unbatched(NORA)] == []


def test_lanes_when_asked_for_one_consumer_show_no_other(ledger: SqlLedger) -> None:
    ledger.vouchers.store(make_voucher(0))
    ledger.vouchers.store(make_voucher(0, 40, lane=3))

    assert ledger.vouchers.lanes(consumer=BOB) == (make_voucher(0), make_voucher(0, 40, lane=3))
    assert ledger.vouchers.lanes(consumer=NORA) == ()


def test_next_lane_when_lanes_were_used_is_above_them(ledger: SqlLedger) -> None:
    assert ledger.vouchers.next_lane(BOB, NORA) == 0
    ledger.vouchers.store(make_voucher(0, lane=2))
    assert ledger.vouchers.next_lane(BOB, NORA) == 3
    ledger.receipts.store(make_receipt(0, 5, lane=7))
    assert ledger.vouchers.next_lane(BOB, NORA) == 8


def test_acknowledge_when_some_are_refused_keeps_the_others(ledger: SqlLedger) -> None:
    for lane in range(3):
        ledger.receipts.store(make_receipt(0, 100, lane=lane))
    post = [make_voucher(100, lane=0), make_voucher(90, lane=1), make_voucher(100, lane=2)]

    told = ledger.vouchers.acknowledge(post, check_covers)

    assert [type(refusal) for refusal in told] == [type(None), Conflict, type(None)]
    assert [s.receipt.lane for s in ledger.receipts.unbatched(NORA)] == [0, 2]
    assert ledger.vouchers.latest(BOB, NORA, 1) is None


def test_acknowledge_when_a_lane_comes_twice_counts_in_order(ledger: SqlLedger) -> None:
    ledger.receipts.store(make_receipt(0, 100))
    post = [make_voucher(100, 900), make_voucher(100, 500), make_voucher(100, 1000)]

    told = ledger.vouchers.acknowledge(post, check_covers)

    assert told[0] is None and "goes back" in str(told[1]) and told[2] is None
    assert ledger.vouchers.latest(BOB, NORA, 0) == make_voucher(100, 1000)


def test_acknowledge_when_the_head_is_another_is_refused(ledger: SqlLedger) -> None:
    ledger.receipts.store(make_receipt(0, 100))

    (told,) = ledger.vouchers.acknowledge([make_voucher(100, head=hash_of("forged"))], check_covers)

    assert isinstance(told, Conflict) and [*ledger.receipts.unbatched(NORA)] == []


@pytest.mark.slow
def test_acknowledge_when_many_are_posted_shares_one_commit(ledger: SqlLedger) -> None:
    for lane in range(100):
        ledger.receipts.store(make_receipt(0, 100, lane=lane))
    commits = count_commits(ledger._database)

    ledger.vouchers.acknowledge([make_voucher(100, lane=lane) for lane in range(100)], check_covers)

    assert len(commits) == 1 and len([*ledger.receipts.unbatched(NORA)]) == 100


def test_vouchers_when_read_in_part_are_the_latest_of_each_lane_in_order(ledger: SqlLedger) -> None:
    for lane in range(5):
        ledger.vouchers.store(make_voucher(0, 500, lane=lane))
        ledger.vouchers.store(make_voucher(100 + lane, 900, lane=lane))

    rows, total = ledger.vouchers.part(skip=1, limit=3, consumer=BOB)

    assert total == 5 and rows == ledger.vouchers.lanes()[1:4]
    assert [(row.voucher.lane, row.voucher.acknowledged) for row in rows] == [(1, 101), (2, 102), (3, 103)]
    assert ledger.vouchers.part(skip=0, limit=3, consumer=NORA) == ((), 0)
    assert ledger.vouchers.part(skip=9, limit=3) == ((), 5)
