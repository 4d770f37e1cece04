"""The official MCP client, in the stateless revision and by the handshake of earlier ones, over HTTP and in memory."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from support.agents.acting import AGENT, BOND, Acting, doors
from support.shop import Shop, open_shop
from tallystick.interfaces.web.agents.tools import server_of

pytestmark = pytest.mark.slow

TOOLS = {"models", "price", "ask", "trace", "register_data", "claim"}
MODES = ("auto", "legacy")
QUESTION = {"question": "When was the hour bell cast?"}
STDIO = """
import sys
from pathlib import Path
from support.agents.acting import Acting
from support.shop import open_shop
from tallystick.interfaces.web.agents.tools import server_of
server_of(Acting(open_shop(Path(sys.argv[1]))).desk).run("stdio")
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(tmp_path)
    yield opened
    opened.close()


def call(server: Any, mode: str, *calls: tuple[str, dict[str, Any]]) -> tuple[set[str], list[Any]]:
    """The names of the tools, and each call's result; an error's as its text."""

    async def talk() -> tuple[set[str], list[Any]]:
        async with Client(server, mode=mode) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            found = []
            for name, arguments in calls:
                done = await client.call_tool(name, arguments)
                text = done.content[0].text  # type: ignore[union-attr]
                found.append(text if done.is_error else json.loads(text))
            return names, found

    return asyncio.run(talk())


@pytest.mark.parametrize("mode", MODES)
def test_tools_when_called_over_http_price_ask_and_claim(shop: Shop, mode: str) -> None:
    with doors(Acting(shop)) as url:
        names, (models, price, asked, claimed) = call(
            f"{url}/mcp", mode, ("models", {}), ("price", QUESTION), ("ask", QUESTION), ("claim", {})
        )

    (sold,) = shop.seller_books.receipts.recent(9)
    assert names == TOOLS and models == {"models": ["estuary"]}
    assert asked["answer"] == "It was cast in 1788." and asked["receipt"] == "0x" + sold.digest.hex()
    assert 0 < asked["fee"] <= price["max_fee"] and price["session_promised"] == 0
    assert asked["agent"] == "0x" + AGENT.hex() and sold.receipt.agent_id == AGENT
    assert {"asset_id", "pot", "ppm"} <= asked["shares"][0].keys()
    assert claimed == {"claimed": [{"asset_id": "0x" + AGENT.hex(), "amount": 132}]}


@pytest.mark.parametrize("mode", MODES)
def test_tools_when_refused_tell_why(shop: Shop, mode: str) -> None:
    _, (unknown, wrong, none) = call(
        server_of(Acting(shop).desk),
        mode,
        ("trace", {"receipt": "0x" + "01" * 32}),
        ("trace", {"receipt": "the last one"}),
        ("register_data", {"name": "mills", "licence": "CC0-1.0", "records": []}),
    )

    assert "NotFound: No batch settles" in unknown
    assert "InvalidInput" in wrong and "64 hex digits" in wrong
    assert "InvalidInput" in none


def test_tools_when_the_session_is_spent_move_no_money(shop: Shop) -> None:
    record = {"question": "Who cast it?", "answer": "The guild."}
    acting = Acting(shop, cap=2 * BOND + 1)
    register = ("register_data", {"name": "bells", "licence": "CC0-1.0", "records": [record, record]})

    _, (first, second, asked) = call(server_of(acting.desk), "auto", register, register, ("ask", QUESTION))

    assert first == {"dataset_id": "0x" + "03" * 32, "name": "bells", "bond": 2 * BOND}
    assert [json.loads(line) for line in acting.registered[0].splitlines()] == [record, record]
    assert "InsufficientFunds" in second and len(acting.registered) == 1
    assert "InsufficientFunds" in asked and shop.seller_books.receipts.recent(9) == ()


@pytest.mark.parametrize("mode", MODES)
def test_tools_when_called_over_standard_input_price_and_ask(tmp_path: Path, mode: str) -> None:
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    started = StdioServerParameters(
        command=sys.executable, args=["-c", STDIO, str(tmp_path)], env=surroundings
    )

    names, (price, asked) = call(stdio_client(started), mode, ("price", QUESTION), ("ask", QUESTION))

    assert names == TOOLS and price["max_fee"] > 0
    assert asked["answer"] == "It was cast in 1788."


def test_door_when_the_key_is_missing_stays_shut(shop: Shop) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    with doors(Acting(shop), "secret") as url:
        shut = [httpx.post(f"{url}/{door}", json=body).status_code for door in ("mcp", "a2a")]
        opened = httpx.post(f"{url}/a2a", json=body, headers={"authorization": "Bearer secret"})

    assert shut == [401, 401] and opened.status_code == 200
