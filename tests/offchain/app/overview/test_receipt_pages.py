"""A part of many receipts: newest first, from wherever one looks."""

import pytest

from support.shop import open_shop, request, voucher
from tallystick.domain.ids import Address
from tallystick.gateways.ledger.books import SqliteLedger

OTHER = Address("0x" + "0f" * 20)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> SqliteLedger:
    """Seven answers to bob, of which none is in a batch."""
    shop = open_shop(tmp_path_factory.mktemp("shop"))
    for lane in range(7):
        list(shop.counter.desk.answer(request("What is it?"), voucher(shop, lane, 10**8)))
    return shop.seller_books


@pytest.mark.parametrize(
    ("skip", "limit", "lanes"),
    [
        (0, 3, [6, 5, 4]),
        (3, 3, [3, 2, 1]),
        (4, 2, [2, 1]),
        (6, 3, [0]),
        (7, 3, []),
        (50, 3, []),
        (0, 50, [6, 5, 4, 3, 2, 1, 0]),
    ],
)
def test_part_when_asked_anywhere_is_in_order(
    ledger: SqliteLedger, skip: int, limit: int, lanes: list[int]
) -> None:
    rows, total = ledger.receipts.part(skip=skip, limit=limit)

    assert ([row.receipt.lane for row in rows], total) == (lanes, 7)


def test_part_when_of_one_consumer_holds_no_others(ledger: SqliteLedger) -> None:
    bob = ledger.receipts.recent(1)[0].receipt.consumer

    assert ledger.receipts.part(skip=0, limit=2, consumer=bob)[1] == 7
    assert ledger.receipts.part(skip=0, limit=2, consumer=OTHER) == ((), 0)


def test_tally_when_taken_counts_what_is_in_no_batch(ledger: SqliteLedger) -> None:
    tally = ledger.receipts.tally()

    assert (tally.total, tally.batched) == (7, 0)
