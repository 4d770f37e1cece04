"""Agents buy at the operator itself: the public x402 client over MCP, the official A2A client, and by voucher."""

import asyncio
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.helpers.proto_helpers import get_message_text, new_text_message
from a2a.types import Role, SendMessageRequest
from google.protobuf.json_format import MessageToDict, ParseDict
from mcp import Client
from x402 import x402Client, x402ClientSync
from x402.mcp import x402MCPClient
from x402.mechanisms.evm import EthAccountSigner
from x402.mechanisms.evm.exact import register_exact_evm_client
from x402.schemas import PaymentRequired

from support.chain_stage import BOB, NORA
from support.payments.paid_shop import PaidShop
from support.shop import WORDS
from tallystick.domain.digests import voucher_digest
from tallystick.domain.ids import ZERO_HASH
from tallystick.domain.usage import SignedVoucher, Voucher
from tallystick.interfaces.web import server
from tallystick.interfaces.web.agents.mounting import selling
from tallystick.interfaces.web.agents.selling import Counter
from tallystick.interfaces.web.hosting import hosted
from tallystick.pipeline.receipts.encoding import signed_receipt_from_json, signed_voucher_to_json

pytestmark = pytest.mark.integration
QUESTION = {"question": "When was the hour bell cast?"}
SAID = "".join(WORDS)


@pytest.fixture
def url(shop: PaidShop) -> Iterator[str]:
    app = server.build(shop.answers, payments=shop.desk)
    with hosted(selling(app, Counter(shop.answers, shop.desk))) as found:
        yield found


def paying(client: Any) -> Any:
    client.set_spend_controls({"allowed_assets": True})
    register_exact_evm_client(client, EthAccountSigner(BOB._account))
    return client


class Wire:
    """The x402 client was written for an MCP library that took a call as one object, with names in camel case."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def call_tool(self, params: dict[str, Any], **_: Any) -> Any:
        made = await self._client.call_tool(params["name"], params["arguments"], meta=params.get("_meta"))
        told = made.model_dump(by_alias=True, mode="json")
        return SimpleNamespace(**told, is_error=made.is_error)


def test_mcp_when_paid_by_the_public_x402_client_answers_and_gives_the_rest_back(
    shop: PaidShop, url: str
) -> None:
    async def talk() -> Any:
        async with Client(f"{url}/mcp") as client:
            tools = {tool.name for tool in (await client.list_tools()).tools}
            buyer = x402MCPClient(Wire(client), paying(x402Client()))
            return tools, await buyer.call_tool("ask", QUESTION)

    before = shop.money()
    tools, answered = asyncio.run(talk())

    assert tools == {"models", "price", "ask", "acknowledge"}
    assert answered.payment_made and not answered.is_error
    told = json.loads(answered.content[0]["text"])
    assert told["answer"] == SAID and answered.payment_response.success
    receipt = signed_receipt_from_json(told["tallystick"]["receipt"]).receipt
    shop.reopen()  # which waits for what is redeemed in the background
    (stored,) = shop.ledger.receipts.recent()
    assert stored.receipt == receipt and stored.is_acknowledged
    assert shop.money() == before - receipt.cumulative


def test_mcp_when_a_voucher_pays_takes_the_next_one_as_acknowledgement(shop: PaidShop, url: str) -> None:
    def voucher(limit: int, acknowledged: int = 0, head: Any = ZERO_HASH) -> dict[str, Any]:
        made = Voucher(BOB.address, NORA.address, 7, limit, acknowledged, head)
        return signed_voucher_to_json(
            SignedVoucher(made, BOB.sign_digest(voucher_digest(shop.settlement.domain, made)))
        )

    async def talk() -> Any:
        async with Client(f"{url}/mcp") as client:
            priced = await client.call_tool("price", QUESTION)
            fee = json.loads(priced.content[0].text)["max_fee"]  # type: ignore[union-attr]
            wrong = await client.call_tool("ask", QUESTION, meta={"tallystick/voucher": voucher(fee - 1)})
            right = await client.call_tool("ask", QUESTION, meta={"tallystick/voucher": voucher(fee)})
            (stored,) = shop.ledger.receipts.recent()
            due = voucher(fee, stored.receipt.cumulative, stored.head)
            done = await client.call_tool("acknowledge", {"voucher": due})
            return wrong, right, done

    wrong, right, done = asyncio.run(talk())

    assert wrong.is_error and "InsufficientFunds" in wrong.content[0].text
    assert json.loads(right.content[0].text)["answer"] == SAID
    assert not done.is_error and shop.ledger.receipts.recent()[0].is_acknowledged


def test_a2a_when_paid_in_metadata_answers_and_unpaid_says_what_to_pay(shop: PaidShop, url: str) -> None:
    async def talk() -> Any:
        async with httpx.AsyncClient(timeout=60) as http:
            card = await A2ACardResolver(http, url).get_agent_card()
            client = ClientFactory(ClientConfig(httpx_client=http, streaming=False)).create(card)

            async def say(text: str, metadata: dict[str, Any] | None = None) -> Any:
                message = new_text_message(text, role=Role.ROLE_USER)
                if metadata:
                    ParseDict(metadata, message.metadata)
                async for event in client.send_message(SendMessageRequest(message=message)):
                    return event.message

            priced, unpaid = await say(f"price: {QUESTION['question']}"), await say(QUESTION["question"])
            asked = PaymentRequired(**MessageToDict(unpaid.metadata)["x402.payment.required"])
            payment = paying(x402ClientSync()).create_payment_payload(asked)
            proof = {"x402.payment.payload": payment.model_dump(by_alias=True, exclude_none=True)}
            return priced, unpaid, await say(QUESTION["question"], proof)

    priced, unpaid, answered = asyncio.run(talk())

    assert get_message_text(priced).startswith("At most 1080 base units")
    assert MessageToDict(unpaid.metadata)["x402.payment.status"] == "payment-required"
    assert get_message_text(answered) == SAID
    (receipt,) = MessageToDict(answered.metadata)["x402.payment.receipts"]
    assert receipt["success"] and len(shop.ledger.receipts.recent()) == 1
