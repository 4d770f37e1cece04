"""The page of vouchers, over lines as the node gives them."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from support.studio.visiting import OPERATOR, visiting
from tallystick.app.challenges.desk import OpenDemand
from tallystick.app.overview.books import VoucherLine, voucher_line
from tallystick.app.overview.paging import Page
from tallystick.domain.challenge import Subject
from tallystick.domain.ids import Address, Hash
from tallystick.domain.usage import Voucher
from tallystick.errors import Unavailable
from tallystick.ports import Chain

BOB, OPEN = Address("0x" + "0b" * 20), 10**6


class Books:
    def __init__(self, *lines: VoucherLine) -> None:
        self.lines, self.asked = lines, list[Any]()

    def voucher_page(self, *, number: int, consumer: Address | None) -> Page[VoucherLine]:
        self.asked.append(consumer)
        return Page(self.lines, number, len(self.lines))

    def open_demands(self, *, subject: None, number: None) -> tuple[OpenDemand, ...]:
        bond = 123 * 10**14
        return (OpenDemand(Subject.BATCH, 41, "receipt 17", 1_700_000_000, True, bond, BOB),)


def test_vouchers_when_listed_show_what_waits_to_be_redeemed(tmp_path: Path) -> None:
    books = Books(
        VoucherLine(BOB, OPERATOR, 7, 90 * OPEN, 50 * OPEN, 20 * OPEN),
        VoucherLine(OPERATOR, BOB, 8, 90 * OPEN, 11 * OPEN, None),
    )
    with visiting(books, tmp_path) as visitor:
        text = visitor.get("/usage/vouchers").text
        visitor.get("/usage/vouchers?mine=true")

    assert [f"{n}.00&nbsp;<abbr>OPEN" in text for n in (90, 50, 20, 30, 11)] == [True] * 5
    assert text.count('title="nothing"') == 2 and ">mine</span>" in text
    assert books.asked == [None, OPERATOR]


def test_vouchers_when_there_are_none_say_so(tmp_path: Path) -> None:
    with visiting(Books(), tmp_path, is_operator=False) as visitor:
        assert "No voucher yet" in visitor.get("/usage/vouchers").text


@pytest.mark.parametrize(("redeemed", "waiting"), [(20, 30), (70, 0), (None, None)])
def test_voucher_when_the_chain_was_asked_says_what_waits(redeemed: int | None, waiting: int | None) -> None:
    def told(*lane: object) -> int:
        if redeemed is None:
            raise Unavailable("The RPC does not answer.")
        return redeemed

    chain = cast(Chain, SimpleNamespace(escrow=SimpleNamespace(redeemed=told)))
    line = voucher_line(Voucher(BOB, OPERATOR, 7, 90, 50, Hash(bytes(32))), chain)

    assert (line.redeemed, line.waiting) == (redeemed, waiting)


def test_demands_when_listed_show_their_bond_in_whole_coins(tmp_path: Path) -> None:
    with visiting(Books(), tmp_path) as visitor:
        text = visitor.get("/usage/challenges").text

    assert "batch 41" in text and "receipt 17" in text and ">silent</span>" in text
    assert '<span class="number" title="12,300,000,000,000,000 wei">0.0123</span>' in text
