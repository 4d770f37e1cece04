"""The official A2A client: it resolves the card, prices a question, asks it, and is told what went wrong."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.helpers.proto_helpers import get_message_text, new_text_message
from a2a.types import AgentCard, Role, SendMessageRequest
from a2a.utils.proto_utils import validate_proto_required_fields
from google.protobuf.json_format import MessageToDict, ParseDict

from support.agents.acting import Acting, doors
from support.shop import Shop, open_shop
from tallystick.app.agents import card as cards
from tallystick.errors import IntegrityMismatch, InvalidInput

pytestmark = pytest.mark.slow

QUESTION = "When was the hour bell cast?"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(tmp_path)
    yield opened
    opened.close()


def say(url: str, *texts: str) -> tuple[AgentCard, list[Any]]:
    async def talk() -> tuple[AgentCard, list[Any]]:
        async with httpx.AsyncClient() as http:
            card = await A2ACardResolver(http, url).get_agent_card()
            client = ClientFactory(ClientConfig(httpx_client=http, streaming=False)).create(card)
            replies = []
            for text in texts:
                request = SendMessageRequest(message=new_text_message(text, role=Role.ROLE_USER))
                async for event in client.send_message(request):
                    replies.append(event.message)
            return card, replies

    return asyncio.run(talk())


def test_card_when_made_is_valid_and_survives_its_pinning() -> None:
    made = cards.card_of("Ferry", "", "https://ferry.example/")

    read = cards.decode(cards.encode(made))

    parsed = ParseDict(read, AgentCard())
    validate_proto_required_fields(parsed)
    assert parsed.supported_interfaces[0].url == "https://ferry.example/a2a"
    assert {skill.id for skill in parsed.skills} == {"price", "ask"}
    for bad in (b"[]", b"{}", b"\xff"):
        with pytest.raises(IntegrityMismatch):
            cards.decode(bad)
    with pytest.raises(InvalidInput):
        cards.card_of(" ", "", "https://ferry.example")


def test_agent_when_spoken_to_prices_then_answers_and_is_paid(shop: Shop) -> None:
    with doors(Acting(shop)) as url:
        card, (price, answer) = say(url, f"price: {QUESTION}", QUESTION)

    (sold,) = shop.seller_books.receipts.recent(9)
    told = MessageToDict(answer.parts[1].data)
    assert card.name == "Ferry"
    assert "At most" in get_message_text(price) and MessageToDict(price.parts[1].data)["max_fee"] > 0
    assert get_message_text(answer) == "It was cast in 1788."
    assert told["receipt"] == "0x" + sold.digest.hex() and sold.is_acknowledged


def test_agent_when_its_session_is_spent_says_so(shop: Shop) -> None:
    with doors(Acting(shop, cap=1)) as url, pytest.raises(Exception, match="InsufficientFunds"):
        say(url, QUESTION)

    assert shop.seller_books.receipts.recent(9) == ()


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"id": 1}, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": "Dance"}, -32601),
        ({"jsonrpc": "2.0", "id": 1, "method": "SendMessage", "params": {"message": {"parts": []}}}, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "GetTask", "params": {"id": "x"}}, -32001),
        ({"jsonrpc": "2.0", "id": 1, "method": "SendStreamingMessage", "params": {}}, -32004),
    ],
)
def test_service_when_asked_for_what_it_has_not_answers_in_the_protocol(
    shop: Shop, request_: dict[str, Any], code: int
) -> None:
    with doors(Acting(shop)) as url:
        answer = httpx.post(f"{url}/a2a", json=request_).json()

    assert answer["error"]["code"] == code
