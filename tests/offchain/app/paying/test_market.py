"""A model id is looked for on the chain: the cheapest operator that answers and keeps its word is paid."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from support.shop import Shop, open_shop
from tallystick.app.paying.desk import PayDesk
from tallystick.app.paying.market import Market
from tallystick.app.paying.purse import Purse
from tallystick.domain.digests import terms_id
from tallystick.domain.ids import AssetId, Hash
from tallystick.domain.usage import Terms
from tallystick.errors import NotFound, Unavailable

MODEL = "0x" + "0d" * 32
ASK: dict[str, Any] = {"model": MODEL, "messages": [{"role": "user", "content": "When?"}]}


@dataclass
class Listed:
    """The registry's answers; it is its own chain."""

    terms: list[Terms]

    @property
    def models(self) -> "Listed":
        return self

    def head(self) -> int:
        return 1

    def offers(self, model_id: AssetId, last: int) -> tuple[tuple[Hash, Terms], ...]:
        return tuple((terms_id(t), t) for t in self.terms if t.model_id == model_id)

    def endpoint_of(self, operator_asset: AssetId) -> str:
        return f"http://{operator_asset[:1].hex()}.example"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(tmp_path)
    yield opened
    opened.close()


def market(shop: Shop, terms: list[Terms], asked: list[tuple[str, str, bool]]) -> Market:
    """Only nora, at 0e.example, answers."""

    def open_desk(url: str, model: str, *, is_found: bool) -> PayDesk:
        asked.append((url, model, is_found))
        if "0e" not in url and is_found:
            raise Unavailable(f"{url} cannot be reached.")
        return shop.pay_desk()

    chain: Any = Listed(terms)
    return Market(lambda: chain, open_desk, "http://home.example", Purse(10**9))


def test_chat_when_the_model_is_an_id_pays_the_cheapest_operator_that_answers(shop: Shop) -> None:
    nora = shop.counter.desk.offer().terms
    down = replace(nora, operator_asset=AssetId(b"\x01" * 32), price_out=1)
    dear = replace(nora, operator_asset=AssetId(b"\x02" * 32), price_out=nora.price_out + 1)
    asked: list[tuple[str, str, bool]] = []
    desk = market(shop, [dear, nora, down], asked)

    for _ in range(2):
        answer = desk.chat(dict(ASK))

    assert asked == [("http://01.example", MODEL, True), ("http://0e.example", MODEL, True)]
    assert answer["model"] == "estuary" and len(shop.seller_books.receipts.recent(5)) == 2


def test_chat_when_the_model_is_a_name_asks_the_home_operator(shop: Shop) -> None:
    asked: list[tuple[str, str, bool]] = []

    market(shop, [], asked).chat({**ASK, "model": "estuary"})

    assert asked == [("http://home.example", "", False)]


def test_chat_when_the_operator_offers_other_terms_than_the_chain_has_pays_nothing(shop: Shop) -> None:
    lured = replace(shop.counter.desk.offer().terms, price_out=1)

    with pytest.raises(Unavailable, match="other terms than it registered"):
        market(shop, [lured], []).chat(dict(ASK))

    assert shop.seller_books.vouchers.lanes() == ()


def test_chat_when_nobody_offers_the_model_says_so(shop: Shop) -> None:
    with pytest.raises(NotFound, match="Nobody offers"):
        market(shop, [], []).chat(dict(ASK))
