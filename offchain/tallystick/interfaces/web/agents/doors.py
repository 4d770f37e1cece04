"""The doors of `selling` as an MCP server and an A2A service."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from anyio.to_thread import run_sync
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import CallToolResult, TextContent

from tallystick.interfaces.web.agents.a2a import PRICE, Said
from tallystick.interfaces.web.agents.selling import PAYMENT, SETTLED, VOUCHER, Counter, Unpaid
from tallystick.interfaces.web.agents.tools import done

# Whoever pays may come from anywhere: no ambient right is behind these doors that a rebound name could use.
ANYWHERE = TransportSecuritySettings(enable_dns_rebinding_protection=False)
INSTRUCTIONS = (
    "Answers here are paid in OPEN (6 decimals; amounts are base units): by x402, where a call without payment says"
    " what to pay, or by a voucher. They come with a signed receipt of who earned what."
)
# Where x402's transport for A2A has them.
A2A_PAYMENT, A2A_STATUS = "x402.payment.payload", "x402.payment.status"
A2A_REQUIRED, A2A_RECEIPTS, A2A_VOUCHER = (
    "x402.payment.required",
    "x402.payment.receipts",
    "tallystick.voucher",
)


def seller_of(counter: Counter) -> MCPServer[Any]:
    """Tools: models, price, ask, acknowledge. `ask` reads payment or voucher from the call's `_meta`."""
    server: MCPServer[Any] = MCPServer("tallystick-operator", instructions=INSTRUCTIONS, version="1")

    @server.tool()
    async def models() -> dict[str, Any]:
        """Name the models that can be asked."""
        return {"models": await done(counter.models)}

    @server.tool()
    async def price(question: str, model: str = "") -> dict[str, Any]:
        """The most that an answer to the question may cost; free."""
        return await done(partial(counter.price, question, model))

    @server.tool()
    async def ask(question: str, ctx: Context[Any, Any], model: str = "") -> CallToolResult:
        """Ask: the answer, its receipt and citations. Paid in the call's `_meta`; without, it says what to pay."""
        proof = dict(ctx.request_context.meta or {})
        try:
            sold = await done(partial(counter.ask, question, model, proof, "mcp://tool/ask"), Unpaid)
        except Unpaid as unpaid:
            return _result(unpaid.required, is_error=True)
        return _result(sold.told, {SETTLED: sold.settled} if sold.settled else None)

    @server.tool()
    async def acknowledge(voucher: dict[str, Any]) -> dict[str, str]:
        """Take the signed voucher that covers a lane's last receipt; answers paid by vouchers need it."""
        await done(partial(counter.acknowledge, voucher))
        return {"status": "acknowledged"}

    return server


def _result(
    told: dict[str, Any], meta: dict[str, Any] | None = None, is_error: bool = False
) -> CallToolResult:
    text = TextContent(type="text", text=json.dumps(told, ensure_ascii=False))
    return CallToolResult(content=[text], structured_content=told, is_error=is_error, _meta=meta)


async def said_to(counter: Counter, text: str, metadata: Mapping[str, Any]) -> Said:
    """What A2A answers; one that is not paid says in the message's metadata what to pay."""
    if text.lower().startswith(PRICE):
        priced = await run_sync(counter.price, text[len(PRICE) :].strip())
        return Said(f"At most {priced['max_fee']} base units of OPEN.", priced)
    names = {A2A_PAYMENT: PAYMENT, A2A_VOUCHER: VOUCHER}
    proof = {ours: metadata[theirs] for theirs, ours in names.items() if theirs in metadata}
    try:
        sold = await run_sync(counter.ask, text, "", proof, "a2a://ask")
    except Unpaid as unpaid:
        return Said(
            str(unpaid),
            {},
            {A2A_STATUS: "payment-required", A2A_REQUIRED: unpaid.required, "code": unpaid.code},
        )
    told = dict(sold.told)
    paid = {A2A_STATUS: "payment-completed", A2A_RECEIPTS: [sold.settled]} if sold.settled else {}
    return Said(str(told.pop("answer")), told, paid)
