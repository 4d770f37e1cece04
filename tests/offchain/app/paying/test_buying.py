"""A node that buys: of another operator in its own books, of itself in books apart."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from support.shop import ESCROW, Counter, Shop, open_shop
from tallystick.app.node import Node
from tallystick.app.paying.talk import Ask, PaidAnswer
from tallystick.app.verbs.parts import Outside
from tallystick.config import load
from tallystick.domain.ids import Address
from tallystick.gateways.keys.keystore import Key
from tallystick.gateways.ledger.books import SqliteLedger

pytestmark = pytest.mark.slow


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(tmp_path)
    yield opened
    opened.close()


class Place:
    """The outside of whoever has this key, with the shop behind every URL."""

    def __init__(self, shop: Shop, key: Key, folder: Path) -> None:
        self.shop, self.key, self.apart = shop, key, SqliteLedger(folder / "purchases.sqlite3")
        shop.credit.signers.add(key.address)

    def chain(self) -> Any:
        return SimpleNamespace(chain_id=31337, escrow=SimpleNamespace(address=ESCROW))

    def ledger(self) -> Any:
        return self.shop.seller_books if self.key is self.shop.nora else self.shop.buyer_books

    def purchases(self) -> Any:
        return self.apart

    def signer(self, name: str) -> Key:
        return self.key

    def key_names(self) -> list[tuple[str, Address | None]]:
        return [("node", self.key.address)]

    def operator(self, url: str, *, must_be_public: bool = False) -> Counter:
        return self.shop.counter


@pytest.mark.parametrize("who", ["nora", "bob"])
def test_answers_when_bought_are_paid_from_oneself_and_from_others(
    shop: Shop, tmp_path: Path, who: str
) -> None:
    place = Place(shop, getattr(shop, who), tmp_path)
    node = Node(load({"home": str(tmp_path), "key": "node"}, {}, ()), cast(Outside, place))
    desk = node.talk_desk()

    answers = [list(desk.answer(Ask("When?", max_tokens=8)))[-1] for _ in range(2)]

    assert all(isinstance(each, PaidAnswer) for each in answers)
    assert all(sold.is_acknowledged for sold in shop.seller_books.receipts.recent(9))
    assert len(shop.seller_books.receipts.recent(9)) == 2
    assert len(place.apart.receipts.recent(9)) == (2 if who == "nora" else 0)
    place.apart.close()
