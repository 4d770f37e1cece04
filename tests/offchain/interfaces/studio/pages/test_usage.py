"""The page of vouchers, over lines as the node gives them."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from support.studio.visiting import OPERATOR, visiting
from tallystick.app.challenges.desk import OpenDemand
from tallystick.app.challenges.raising import Agree, PlannedDemand, RaisedDemand
from tallystick.app.overview.books import VoucherLine, voucher_line
from tallystick.app.overview.paging import Page
from tallystick.domain.challenge import Subject
from tallystick.domain.ids import Address, Hash
from tallystick.domain.usage import Voucher
from tallystick.errors import Unavailable
from tallystick.gateways.keys.dev_keys import dev_key
from tallystick.ports import Chain

pytestmark = pytest.mark.slow

BOB, OPEN = Address("0x" + "0b" * 20), 10**6


class Books:
    def __init__(self, *lines: VoucherLine) -> None:
        self.lines, self.asked, self.bond = lines, list[Any](), 5 * 10**15

    def voucher_page(self, *, number: int, consumer: Address | None) -> Page[VoucherLine]:
        self.asked.append(consumer)
        return Page(self.lines, number, len(self.lines))

    def plan_demand(self, *, subject: Subject, number: int, kind: str, index: int) -> PlannedDemand:
        return PlannedDemand(subject, number, f"{kind} {index}", self.bond, 3_600)

    def demand_leaf(self, *, agree: Agree, **told: Any) -> RaisedDemand | None:
        if not agree(self.plan_demand(**told)):
            return None
        self.asked.append(told)
        return RaisedDemand(Subject.BATCH, 41, "receipt 17", 1_700_000_000, Hash(bytes(32)))

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


@pytest.mark.parametrize(("who", "is_opened"), [("operator", True), ("consumer", True), ("another", False)])
def test_trace_when_another_consumer_asks_shows_nothing_of_the_answer(
    tmp_path: Path, who: str, is_opened: bool
) -> None:
    """What a record says is as private as the answer that it stands behind."""
    keys, asked = {"consumer": dev_key(3), "another": dev_key(4)}, list[bool]()

    def trace(*, receipt_hash: bytes, is_opened: bool) -> SimpleNamespace:
        asked.append(is_opened)
        return SimpleNamespace(steps=())

    summary = SimpleNamespace(consumer=keys["consumer"].address)
    node = SimpleNamespace(receipt=lambda receipt_hash: SimpleNamespace(summary=summary), trace=trace)
    with visiting(node, tmp_path, member=keys.get(who)) as visitor:
        assert visitor.get(f"/usage/receipts/0x{7:064x}/trace").status_code == 200

    assert asked == [is_opened]


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


LEAF = {"leaf": "batch receipt", "number": 41, "index": 17}


@pytest.mark.parametrize(("rises", "state"), [(False, "done"), (True, "failed")])
def test_leaf_when_demanded_sends_no_more_than_the_bond_that_was_shown(
    tmp_path: Path, rises: bool, state: str
) -> None:
    books = Books()
    with visiting(books, tmp_path) as visitor:
        assert "See the bond" in visitor.get("/usage/challenges").text
        shown = visitor.get("/usage/challenges/plan", params=LEAF).text
        assert "receipt 17 of batch 41" in shown and 'name="bond" value="5000000000000000"' in shown
        books.bond += int(rises)
        begun = visitor.send_form("/usage/challenges", **LEAF, bond=5 * 10**15)
        visitor.studio.works.close()
        assert visitor.work_of(begun).state == state

    told = {"subject": Subject.BATCH, "number": 41, "kind": "receipt", "index": 17}
    assert books.asked == ([] if rises else [told])


def test_leaf_when_it_is_none_or_one_may_not_is_not_demanded(tmp_path: Path) -> None:
    with visiting(Books(), tmp_path) as visitor:
        wrong = LEAF | {"leaf": "batch epoch", "bond": 1}
        assert visitor.send_form("/usage/challenges", **wrong).status_code == 400
    with visiting(Books(), tmp_path, is_operator=False) as visitor:
        assert "See the bond" not in visitor.get("/usage/challenges").text
        assert visitor.send_form("/usage/challenges", **LEAF, bond=1).status_code == 401
