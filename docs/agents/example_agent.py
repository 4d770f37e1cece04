"""An agent in one file: it finds a model on the chain, prices a question, pays for the answer, and claims what it earned.

Needs the package `mcp` alone. `tallystick pay proxy --agent ID --cap 2` opens the door that it goes through:

    python example_agent.py http://127.0.0.1:8701 0x<model id> "When was the hour bell cast?" 50000
"""

import asyncio
import json
import sys
from typing import Any

from mcp import Client


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """What the tool says; `refused` is why not."""
    done = await client.call_tool(tool, arguments)
    text = done.content[0].text  # type: ignore[union-attr]
    print(f"{tool}: {text}")
    return {"refused": text} if done.is_error else json.loads(text)


async def main(door: str, model: str, question: str, budget: int) -> int:
    async with Client(f"{door}/mcp") as client:
        if question:
            price = await call(client, "price", question=question, model=model)
            if price.get("max_fee", budget + 1) > budget:
                print(f"not asked: my budget is {budget} base units")
                return 1
            if "refused" in await call(client, "ask", question=question, model=model):
                return 1
        await call(client, "claim")
        return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))))
