"""Which agent a request names, from its body to the receipt on both sides."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.shop import Shop, open_shop
from tallystick.app.agents.naming import KnownAgents, agent_of, naming
from tallystick.domain.ids import NO_AGENT, AssetId, Pot
from tallystick.domain.usage import Line
from tallystick.errors import Conflict, IntegrityMismatch, InvalidInput, NotFound
from tallystick.pipeline.receipts.encoding import signed_receipt_from_json

AGENT, OTHER = AssetId(b"\xa9" * 32), AssetId(b"\xaa" * 32)
ASK: dict[str, Any] = {"messages": [{"role": "user", "content": "When was the hour bell cast?"}]}
NAMED = {**ASK, "tallystick": {"agent": "0x" + AGENT.hex()}}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(tmp_path)
    yield opened
    opened.close()


def agent_lines(answer: Any) -> list[Line]:
    signed = signed_receipt_from_json(answer["tallystick"]["receipt"])
    return [line for line in signed.lines if line.pot == Pot.AGENT]


def test_chat_when_an_agent_is_named_pays_it_and_both_sides_keep_it(shop: Shop) -> None:
    answer = shop.pay_desk().chat(dict(NAMED))

    (line,) = agent_lines(answer)
    (sold,), (bought,) = shop.seller_books.receipts.recent(9), shop.buyer_books.receipts.recent(9)
    assert (line.asset_id, line.ppm) == (AGENT, 1_000_000) and line.amount > 0
    assert sold.digest == bought.digest and sold.receipt.agent_id == AGENT
    assert sold.is_acknowledged and sold.voucher is not None and sold.voucher.voucher.head == sold.head


def test_chat_when_none_is_named_leaves_the_pot_null(shop: Shop) -> None:
    answer = shop.pay_desk().chat(dict(ASK))

    (sold,) = shop.seller_books.receipts.recent(9)
    assert agent_lines(answer) == [] and sold.receipt.agent_id == NO_AGENT


def test_chat_when_the_operator_puts_another_agent_in_is_refused_and_unpaid(shop: Shop) -> None:
    honest = shop.counter.chat

    def swapped(body: dict[str, Any], *rest: Any) -> Any:
        return honest({**body, "tallystick": {"agent": "0x" + OTHER.hex()}}, *rest)

    shop.counter.chat = swapped  # type: ignore[method-assign, assignment]

    with pytest.raises(IntegrityMismatch, match="agent pot"):
        shop.pay_desk().chat(dict(NAMED))

    assert shop.counter.acknowledged == 0


def test_chat_when_the_same_key_names_another_agent_is_a_conflict(shop: Shop) -> None:
    desk = shop.pay_desk()
    desk.chat(dict(NAMED), "once")

    with pytest.raises(Conflict):
        desk.chat(dict(ASK), "once")


@pytest.mark.parametrize("wrong", ["0x", "a9" * 32, "0x" + "zz" * 32, 7, ["0x" + "a9" * 32]])
def test_agent_when_it_is_no_id_is_invalid(wrong: object) -> None:
    with pytest.raises(InvalidInput, match=r"tallystick\.agent"):
        agent_of({"tallystick": {"agent": wrong}})
    with pytest.raises(InvalidInput, match=r"tallystick\.agent"):
        agent_of({"tallystick": wrong})


def test_naming_when_the_request_names_one_keeps_it() -> None:
    assert naming(NAMED, OTHER) == NAMED
    assert agent_of(naming(ASK, OTHER)) == OTHER
    assert naming(ASK, NO_AGENT) == ASK


class Registry:
    def __init__(self) -> None:
        self.registered, self.retired, self.asked = {AGENT: 5}, {AGENT: 0}, 0

    def registered_at(self, asset_id: AssetId) -> int:
        self.asked += 1
        return self.registered.get(asset_id, 0)

    def retired_at(self, asset_id: AssetId) -> int:
        return self.retired[asset_id]


def test_known_agents_when_looked_up_are_remembered_for_a_minute() -> None:
    registry, now = Registry(), [100.0]
    known = KnownAgents(registry, lambda: now[0])  # type: ignore[arg-type]

    known(NO_AGENT)
    known(AGENT)
    registry.retired[AGENT] = 9
    known(AGENT)

    assert registry.asked == 1
    now[0] += 60
    with pytest.raises(Conflict, match="retired"):
        known(AGENT)
    with pytest.raises(NotFound, match="registered"):
        known(OTHER)
