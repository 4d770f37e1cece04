"""The pages of chat over a real shop: its desks, books and signatures, and a model that says what it is told."""

import html
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.shop import ALICE, ESCROW, Shop, open_shop
from support.studio.bank import Bank
from support.studio.visiting import Visitor, signed_in, visiting
from tallystick.app.overview.earnings import Call
from tallystick.app.paying.market import Market
from tallystick.app.paying.purse import Purse
from tallystick.app.paying.talk import TalkDesk
from tallystick.domain.digests import Domain
from tallystick.errors import Unavailable
from tallystick.gateways.keys.keystore import Key
from tallystick.interfaces.studio.access.guard import COOKIE

pytestmark = pytest.mark.slow


class Buyer:
    """A node that buys at the shop, once that is open."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.is_open, self.opened = shop, True, 0
        self.bank = Bank(shop)
        self.lending = self.bank.lending()

    def chain_id(self) -> int:
        return 31337

    def asset_names(self) -> dict[bytes, str]:
        return {ALICE: "alice <bells>"}

    def talk_desk(self) -> TalkDesk:
        if not self.is_open:
            raise Unavailable("The operator does not answer.", "Start it.")
        self.opened += 1
        desk: Any = self.shop.pay_desk()
        market = Market(lambda: desk, lambda url, model, is_found: desk, "http://home.example", Purse(10**9))
        return TalkDesk(market, lambda: Domain(31337, ESCROW))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def buyer(shop: Shop) -> Buyer:
    return Buyer(shop)


@pytest.fixture
def visitor(buyer: Buyer, tmp_path: Path) -> Iterator[Visitor]:
    with visiting(buyer, tmp_path) as opened:
        yield opened


def ask(visitor: Visitor, question: str = "When was it cast?", **fields: Any) -> Any:
    return visitor.send_form("/chat/ask", question=question, max_tokens=8, **fields)


def until_over(visitor: Visitor, shop: Shop, number: int) -> str:
    """As htmx does: looks again while the part says so."""
    shop.until(lambda: "hx-trigger" not in visitor.get(f"/chat/turns/{number}").text)
    text: str = visitor.get(f"/chat/turns/{number}").text
    return text


def test_answer_when_it_has_come_shows_cost_earners_passages_and_receipt(
    visitor: Visitor, shop: Shop
) -> None:
    ask(visitor)
    text = until_over(visitor, shop, 1)

    (receipt,) = set(re.findall(r"/usage/receipts/0x([0-9a-f]{64})\"", text))
    assert shop.buyer_books.receipts.get(bytes.fromhex(receipt)).is_acknowledged  # type: ignore[arg-type]
    assert "It was cast in 1788." in text
    assert "alice &lt;bells&gt; · training" in text
    assert "3 passages" in text
    assert "said so" in text
    assert "It was cast in 1788." in visitor.get("/chat").text


def test_words_when_a_passage_has_them_take_the_colour_of_what_it_earned(
    visitor: Visitor, shop: Shop
) -> None:
    shop.parrot.words = ("Surely: ", "the hour ", "bell hangs ", "highest.")
    ask(visitor)
    text = until_over(visitor, shop, 1)

    (row,) = re.findall(r'<span class="swatch (f\d)"></span><span>alice', text)
    assert f'<mark class="{row}" title="Word for word in passage 2: Bells">' in text
    assert f'<span class="swatch {row}"></span> 2. Bells' in text
    assert '<span class="swatch f0"></span> 1. The hour bell' in text  # it earned nothing


def test_answer_when_its_model_is_slow_shows_what_has_come_so_far(visitor: Visitor, shop: Shop) -> None:
    shop.parrot.together = threading.Barrier(2)
    ask(visitor)

    waiting = visitor.get("/chat/turns/1").text
    shop.parrot.together.wait(60)

    assert "The answer comes" in waiting
    assert 'hx-trigger="every 500ms"' in waiting
    assert "It was cast in 1788." in until_over(visitor, shop, 1)


def test_question_when_it_follows_another_is_asked_with_it_and_costs_more(
    visitor: Visitor, shop: Shop
) -> None:
    def price() -> str:
        text = visitor.send_form("/chat/price", question="Why?", max_tokens=8).text
        found = re.search(r"for <span[^>]*>(\d+)</span> tokens in", text)
        assert found
        return found[1]

    assert price() == "1"
    ask(visitor, "When was it cast?")
    until_over(visitor, shop, 1)
    assert price() == "10"
    visitor.send_form("/chat/anew")
    assert price() == "1"


def test_answers_when_two_are_asked_for_stand_side_by_side_on_one_desk(
    visitor: Visitor, shop: Shop, buyer: Buyer
) -> None:
    text = ask(visitor, model="estuary", other="0x" + "0d" * 32).text

    assert text.count("<article") == 2
    assert text.count('class="halves"') == 1 == visitor.get("/chat").text.count('class="halves"')
    assert "It was cast in 1788." in until_over(visitor, shop, 1)
    until_over(visitor, shop, 2)
    assert buyer.opened == 1


def test_operator_when_it_does_not_answer_is_said_to_and_tried_again(
    visitor: Visitor, shop: Shop, buyer: Buyer
) -> None:
    buyer.is_open = False
    ask(visitor)

    assert "The operator does not answer." in until_over(visitor, shop, 1)
    assert visitor.get("/chat/models").status_code == 503
    assert visitor.get("/chat").status_code == 200
    buyer.is_open = True
    assert '<option value="estuary" selected>' in visitor.get("/chat/models").text


@pytest.mark.parametrize("fields", [{"question": " "}, {"max_tokens": 0}])
def test_question_when_it_cannot_be_asked_makes_no_turn(visitor: Visitor, fields: dict[str, Any]) -> None:
    told = {"question": "When?", "max_tokens": 8} | fields

    assert visitor.send_form("/chat/ask", **told).status_code == 400
    assert visitor.get("/chat/turns/1").status_code == 404


def test_chat_when_one_is_a_visitor_shows_no_conversation(buyer: Buyer, tmp_path: Path) -> None:
    with visiting(buyer, tmp_path, is_operator=False) as visitor:
        assert visitor.get("/chat/turns/1").status_code == 401
        assert ask(visitor).status_code == 401
        assert "sign in with a wallet" in visitor.get("/chat").text


@pytest.fixture
def member(buyer: Buyer, shop: Shop, tmp_path: Path) -> Iterator[Visitor]:
    """bob, with a wallet."""
    with visiting(buyer, tmp_path, member=shop.bob) as opened:
        yield opened


def grant(member: Visitor, buyer: Buyer, cap: str) -> str:
    """What the wallet is given to send takes effect; what the page shows then."""
    text = member.send_form("/chat/paying/calls", cap=cap, hours=2).text
    told = json.loads(html.unescape(re.findall(r'data-calls="([^"]*)"', text)[0]))
    assert told["account"] == buyer.shop.bob.address
    calls = [Call(c["to"], bytes.fromhex(c["data"][2:]), c["what"]) for c in told["calls"]]
    buyer.bank.send(calls)
    answered: str = member.send_form("/chat/paying/sent", transactions="0x00").text
    return answered


def test_member_when_the_wallet_lets_the_studio_spend_asks_and_sees_what_is_spent(
    member: Visitor, buyer: Buyer, shop: Shop
) -> None:
    assert "Pay with your wallet" in member.get("/chat/paying").text
    assert ask(member).status_code == 200
    assert "No key may pay for you here." in until_over(member, shop, 1)

    page = grant(member, buyer, "0.15")
    assert "may spend" in page and 'id="asking"' in page
    ask(member)
    until_over(member, shop, 2)

    over = member.get("/chat/turns/2")
    assert "It was cast in 1788." in over.text and over.headers["hx-trigger"] == "paid"
    spent = member.get("/chat/paying/spent").text
    (stored,) = shop.buyer_books.receipts.recent(9)
    assert stored.receipt.consumer == shop.bob.address
    assert f'title="{stored.receipt.cumulative:,} base units"' in spent
    assert 'title="150,000 base units"' in spent


def test_member_when_the_cap_is_reached_or_the_key_ended_is_refused(
    member: Visitor, buyer: Buyer, shop: Shop
) -> None:
    grant(member, buyer, "0.08")
    ask(member)
    assert "It was cast in 1788." in until_over(member, shop, 1)
    ask(member, "And why was it cast by them then, of all years?")
    assert "above its cap 80000" in until_over(member, shop, 2)

    assert "Pay with your wallet" in member.send_form("/chat/paying/end").text
    ask(member)
    assert "No key may pay for you here." in until_over(member, shop, 3)


def test_member_when_another_asks_sees_nothing_of_it(buyer: Buyer, shop: Shop, tmp_path: Path) -> None:
    with visiting(buyer, tmp_path, member=shop.bob) as bob:
        ask(bob)
        until_over(bob, shop, 1)
        bob.cookies.clear()
        stranger = bob.studio.sessions
        session = signed_in(stranger, Key.generate())
        bob.cookies.set(COOKIE, session.id, domain="127.0.0.1", path="/")

        assert bob.get("/chat/turns/1").status_code == 404
