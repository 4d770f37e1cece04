"""Patience with clients: how long one may take to say its request, how slowly it may read, how many there may be."""

import asyncio
import json
from collections import Counter
from typing import Any, ClassVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tallystick.errors import Overloaded
from tallystick.interfaces.web.receipts_router import PATH as VOUCHERS
from tallystick.interfaces.web.shapes.errors import error_body
from tallystick.interfaces.web.voucher_streams import LINES

HEAD_S, BODY_S, SEND_S, MAX_HEAD = 10.0, 30.0, 60.0, 32_768
MOST_CONNECTIONS, MOST_FROM_ONE, MOST_REQUESTS = 1024, 256, 512


class PatientConnection(HttpToolsProtocol):
    """Closed when a request's head is too slow or too long, or when too many are open: in all, or from one address."""

    _open: ClassVar[Counter[str]] = Counter()
    _waiting: asyncio.TimerHandle | None = None
    _peer, _head_size = "", 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._peer = self.client[0] if self.client else ""
        self._open[self._peer] += 1
        if self._open[self._peer] > MOST_FROM_ONE or self._open.total() > MOST_CONNECTIONS:
            transport.abort()
            return
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._is_between_requests:
            self._stop_waiting()
            self._head_size = 0
            return
        self._head_size += len(data)
        if self._head_size > MAX_HEAD:
            self.transport.abort()
        elif self._waiting is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._open[self._peer] -= 1
        if self._open[self._peer] <= 0:
            del self._open[self._peer]
        super().connection_lost(exc)

    @property
    def _is_between_requests(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(HEAD_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._waiting = None
        if self._is_between_requests:
            self.transport.abort()


class Guard:
    """ASGI middleware around everything: one too many is told to come again, whoever dawdles counts as gone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._running = app, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._running >= MOST_REQUESTS:
            await _refuse(send)
            return
        self._running += 1
        try:
            await self._app(scope, _Body(receive, is_endless=_is_lines(scope)), _Reader(send))
        finally:
            self._running -= 1


class _Body:
    """A body that is not complete in time never comes; once it is, waiting for the client to leave has no limit.

    An endless one has no end in time: who reads it has a limit of its own.
    """

    def __init__(self, receive: Receive, *, is_endless: bool = False) -> None:
        self._receive, self._is_whole = receive, is_endless
        self._ends_at = asyncio.get_running_loop().time() + BODY_S

    async def __call__(self) -> Message:
        if self._is_whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._ends_at):
                message = await self._receive()
        except TimeoutError:
            return {"type": "http.disconnect"}
        self._is_whole = not message.get("more_body", False)
        return message


class _Reader:
    """`OSError` for a client that does not take what it asked for: the server counts it as gone."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def __call__(self, message: Message) -> None:
        try:
            async with asyncio.timeout(SEND_S):
                await self._send(message)
        except TimeoutError as error:
            raise OSError("the client does not read") from error


def _is_lines(scope: Scope) -> bool:
    return scope["path"] == VOUCHERS and (b"content-type", LINES) in scope["headers"]


async def _refuse(send: Send) -> None:
    error = Overloaded("Too many requests are under way.", "Come again in a second.")
    body = json.dumps(error_body(error)).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"retry-after", b"%d" % error.retry_after_s),
    ]
    await send({"type": "http.response.start", "status": error.http_status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
