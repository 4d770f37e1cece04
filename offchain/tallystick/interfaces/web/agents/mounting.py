"""MCP and A2A beside a proxy's routes: `/mcp`, `/a2a` and the card at its well-known place."""

import asyncio
import hmac
from functools import partial
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tallystick.app.agents.card import card_of
from tallystick.interfaces.web.agents import a2a
from tallystick.interfaces.web.agents.doors import ANYWHERE, said_to, seller_of
from tallystick.interfaces.web.agents.selling import Counter
from tallystick.interfaces.web.agents.tools import Acting, server_of
from tallystick.interfaces.web.reading import json_object

CARD_PATH = "/.well-known/agent-card.json"
NAME, ABOUT = (
    "Tallystick operator",
    "Answers whose fee goes to the data, models and people that they came from.",
)


class Mcp:
    """The streamable HTTP endpoint. Its sessions live as long as the loop that first served one."""

    def __init__(
        self, server: MCPServer[Any], api_key: str = "", security: TransportSecuritySettings | None = None
    ) -> None:
        # Sessions hold nothing here: earlier revisions may shake hands, and each request stands alone.
        server.streamable_http_app(stateless_http=True, json_response=True, transport_security=security)
        self._manager, self._api_key = server.session_manager, api_key
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        shown = Request(scope).headers.get("authorization", "")
        if not is_key(shown, self._api_key):
            await _refused()(scope, receive, send)
            return
        await self._started()
        await self._manager.handle_request(scope, receive, send)

    async def _started(self) -> None:
        if self._running is None:
            ready = asyncio.Event()
            self._running = asyncio.create_task(self._run(ready))
            await ready.wait()

    async def _run(self, ready: asyncio.Event) -> None:
        async with self._manager.run():
            ready.set()
            await asyncio.Event().wait()


def mounted(app: FastAPI, desk: Acting, card: dict[str, Any], api_key: str = "") -> FastAPI:
    """The application with the agent's doors; with an `api_key` nobody spends through them without it."""
    router = APIRouter()

    @router.get(CARD_PATH)
    def show() -> dict[str, Any]:
        return card

    @router.post("/a2a")
    async def speak(request: Request) -> JSONResponse:
        if not is_key(request.headers.get("authorization", ""), api_key):
            return _refused()
        return JSONResponse(await a2a.answered(await json_object(request), partial(a2a.acted, desk)))

    app.include_router(router)
    app.router.routes.append(Route("/mcp", Mcp(server_of(desk), api_key)))
    return app


def selling(app: FastAPI, counter: Counter) -> FastAPI:
    """An operator's application with doors for agents that pay for each answer themselves."""
    router = APIRouter()

    @router.get(CARD_PATH)
    def show(request: Request) -> dict[str, Any]:
        return card_of(NAME, ABOUT, str(request.base_url))

    @router.post("/a2a")
    async def speak(request: Request) -> JSONResponse:
        return JSONResponse(await a2a.answered(await json_object(request), partial(said_to, counter)))

    app.include_router(router)
    app.router.routes.append(Route("/mcp", Mcp(seller_of(counter), security=ANYWHERE)))
    return app


def is_key(shown: str, api_key: str) -> bool:
    return not api_key or hmac.compare_digest(shown.encode(), f"Bearer {api_key}".encode())


def _refused() -> JSONResponse:
    told = {
        "error": {"message": "This door spends for its owner alone: send its key.", "code": "invalid_api_key"}
    }
    return JSONResponse(told, status_code=401)
