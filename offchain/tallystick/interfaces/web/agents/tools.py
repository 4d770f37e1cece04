"""The MCP server: what an agent can do here, as tools. Errors tell the model what to do next; none is a stack trace."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

from anyio.to_thread import run_sync
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from tallystick.errors import NodeError

T = TypeVar("T")
INSTRUCTIONS = (
    "Answers here are paid in OPEN (6 decimals; amounts are base units) and come with a receipt of who earned what."
    " Price a question before you ask it. All that a session spends stays below its cap."
)


class Acting(Protocol):
    """What the tools ask of the application."""

    def models(self) -> list[str]: ...
    def price(self, question: str, model: str = ...) -> dict[str, Any]: ...
    def ask(self, question: str, model: str = ...) -> dict[str, Any]: ...
    def trace(self, receipt: str) -> dict[str, Any]: ...
    def register_data(
        self, name: str, licence: str, records: Sequence[Mapping[str, str]]
    ) -> dict[str, Any]: ...
    def claim(self) -> list[dict[str, Any]]: ...


def server_of(desk: Acting) -> MCPServer[Any]:
    """Speaks the stateless revision and the handshake of earlier ones; the library tells them apart."""
    server: MCPServer[Any] = MCPServer("tallystick", instructions=INSTRUCTIONS, version="1")

    @server.tool()
    async def models() -> dict[str, Any]:
        """Name the models that can be asked."""
        return {"models": await done(desk.models)}

    @server.tool()
    async def price(question: str, model: str = "") -> dict[str, Any]:
        """The most that an answer to the question may cost; spends nothing."""
        return await done(partial(desk.price, question, model))

    @server.tool()
    async def ask(question: str, model: str = "") -> dict[str, Any]:
        """Ask and pay: the answer, its receipt, its fee, its citations, and who earned what."""
        return await done(partial(desk.ask, question, model))

    @server.tool()
    async def trace(receipt: str) -> dict[str, Any]:
        """Walk a settled receipt back to the records it came from, every hash verified; spends nothing."""
        return await done(partial(desk.trace, receipt))

    @server.tool()
    async def register_data(name: str, licence: str, records: list[dict[str, str]]) -> dict[str, Any]:
        """Register records (question and answer, or title and text) as a data set, which bonds OPEN out of the cap."""
        return await done(partial(desk.register_data, name, licence, records))

    @server.tool()
    async def claim() -> dict[str, Any]:
        """Claim what this node's assets have earned."""
        return {"claimed": await done(desk.claim)}

    return server


async def done(call: Callable[[], T], *passing: type[NodeError]) -> T:
    """In a thread, since the application blocks. Errors of the kinds in `passing` are the caller's."""
    try:
        return await run_sync(call)
    except passing:
        raise
    except NodeError as error:
        raise ToolError(f"{type(error).__name__}: {error}") from error
