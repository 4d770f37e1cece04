"""A conversation with a real desk: price, words as they come, the checked answer; and which words a passage has, too."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.shop import ESCROW, Shop, open_shop
from tallystick.app.paying.market import Market
from tallystick.app.paying.purse import Purse
from tallystick.app.paying.talk import Ask, PaidAnswer, Span, TalkDesk, spans_of
from tallystick.domain.digests import Domain
from tallystick.errors import InvalidInput


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def desk(shop: Shop) -> TalkDesk:
    def nobody() -> Any:
        raise AssertionError("nothing here is on a chain")

    market = Market(nobody, lambda url, model, is_found: shop.pay_desk(), "http://home.example", Purse(10**9))
    return TalkDesk(market, lambda: Domain(31337, ESCROW))


def test_answer_when_asked_for_comes_in_pieces_and_is_paid_within_its_price(
    desk: TalkDesk, shop: Shop
) -> None:
    ask = Ask("When was it cast?", max_tokens=8, before=(("Hello?", "Yes."),))

    price = desk.price(ask)
    *pieces, paid = desk.answer(ask)

    assert isinstance(paid, PaidAnswer)
    assert "".join(map(str, pieces)) == paid.text == "It was cast in 1788."
    assert (paid.tokens_in, paid.tokens_out) == (price.tokens_in, 6)
    assert 0 < paid.fee <= price.max_fee
    assert sum(line.amount for line in paid.lines) == paid.fee
    assert {c.title for c in paid.citations} == {"The hour bell", "Bells", "The tower"}
    assert shop.buyer_books.receipts.get(paid.receipt).is_acknowledged
    assert desk.models() == ("estuary",)


def test_question_when_bare_is_a_prompt_that_gets_no_passages() -> None:
    assert Ask("Once upon", "m", 9, is_bare=True).body == {
        "max_tokens": 9,
        "model": "m",
        "prompt": "Once upon",
    }


@pytest.mark.parametrize("ask", [Ask(" "), Ask("a", max_tokens=0), Ask("a", max_tokens=5_000)])
def test_question_when_it_cannot_be_asked_is_refused(ask: Ask) -> None:
    with pytest.raises(InvalidInput):
        _ = ask.body


def test_spans_when_a_passage_has_the_words_point_to_it() -> None:
    sources = ["Nothing here.", "In the tower the hour bell hangs highest of all, he said."]
    text = "They say\nthe Hour bell hangs highest.  Yes "

    spans = spans_of(text, sources)

    assert spans == (Span("They say"), Span("\nthe Hour bell hangs highest.", 1), Span("  Yes "))
    assert spans_of("the hour bell", sources) == (Span("the hour bell"),)
    assert spans_of("", sources) == ()
