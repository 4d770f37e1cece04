"""One session's lanes: a lane per answer on its way, one cap over all, and nothing paid twice."""

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from support.shop import WORDS, Shop, open_shop
from tallystick.errors import Conflict, InsufficientFunds, Unavailable

pytestmark = pytest.mark.slow

ASK = {"model": "estuary", "messages": [{"role": "user", "content": "When was the hour bell cast?"}]}
FEE = 2_000_000 * 6 // 1000 + 8_000_000 * len(WORDS) // 1000
MOST = 2_000_000 * 6 // 1000 + 8_000_000 * 16 // 1000


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(tmp_path)
    yield opened
    opened.close()


def test_chat_when_three_ask_at_once_takes_three_lanes_and_uses_them_again(shop: Shop) -> None:
    desk = shop.pay_desk()
    shop.parrot.together = threading.Barrier(3)

    for _ in range(2):
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(lambda _: desk.chat(dict(ASK)), range(3)))

    sold = shop.seller_books.receipts.recent(10)
    assert sorted((s.receipt.lane, s.receipt.cumulative) for s in sold) == [
        (lane, times * FEE) for lane in range(3) for times in (1, 2)
    ]
    assert all(s.is_acknowledged for s in sold)


def test_chat_when_the_session_has_promised_its_cap_on_other_lanes_asks_nobody(shop: Shop) -> None:
    desk = shop.pay_desk(cap=2 * MOST - 1)
    stream = desk.chat_stream({**ASK, "stream": True})
    next(stream)

    with pytest.raises(InsufficientFunds, match="above its cap"):
        desk.chat(dict(ASK))

    list(stream)
    assert desk.chat(dict(ASK))["tallystick"]["price"]["fee"] == FEE  # on the first lane, idle again


def test_chat_when_the_key_is_sent_again_is_answered_the_same_and_paid_once(shop: Shop) -> None:
    desk = shop.pay_desk()
    first = desk.chat(dict(ASK), "mine-1")

    again = shop.pay_desk().chat(dict(ASK), "mine-1")  # also after the proxy was started anew
    streamed = list(desk.chat_stream({**ASK, "stream": True}, "mine-1"))

    assert again["id"] == first["id"] and again["tallystick"]["receipt"] == first["tallystick"]["receipt"]
    assert streamed[-1]["tallystick"]["receipt"] == first["tallystick"]["receipt"]
    assert len(shop.seller_books.receipts.recent(9)) == 1 and shop.counter.acknowledged == 1


def test_chat_when_the_key_comes_with_another_question_is_refused(shop: Shop) -> None:
    desk = shop.pay_desk()
    desk.chat(dict(ASK), "mine-1")

    with pytest.raises(Conflict, match="another request"):
        desk.chat({**ASK, "messages": [{"role": "user", "content": "Else?"}]}, "mine-1")


def test_chat_when_the_line_breaks_after_the_answer_was_billed_fetches_and_pays_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = shop.counter.chat

    def broken(body: Mapping[str, Any], voucher: Mapping[str, Any], key: str = "") -> dict[str, Any]:
        whole(body, voucher, key)
        raise Unavailable("The operator cannot be reached.")

    monkeypatch.setattr(shop.counter, "chat", broken)

    answer = shop.pay_desk().chat(dict(ASK))

    (sold,) = shop.seller_books.receipts.recent(9)
    assert answer["choices"][0]["message"]["content"] == "".join(WORDS) and sold.is_acknowledged


def test_chat_when_the_line_breaks_before_anything_was_billed_says_so_and_keeps_the_lane(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> dict[str, Any]:
        raise Unavailable("The operator cannot be reached.")

    desk = shop.pay_desk()
    with monkeypatch.context() as patched:
        patched.setattr(shop.counter, "chat", broken)
        with pytest.raises(Unavailable, match="cannot be reached"):
            desk.chat(dict(ASK))

    desk.chat(dict(ASK))
    assert [s.receipt.lane for s in shop.seller_books.receipts.recent(9)] == [0]
