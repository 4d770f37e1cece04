"""`POST /tallystick/v1/vouchers`: one voucher, up to 100 in a list, or a stream, answered once they are on disk.

An ASGI application around the other routes: what acknowledges every answer must cost little more than its signature.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from tallystick.domain.usage import SignedVoucher
from tallystick.errors import InvalidInput, NodeError, Overloaded
from tallystick.interfaces.web.shapes import errors as shape
from tallystick.interfaces.web.voucher_streams import LINES, Streams
from tallystick.interfaces.web.wire import read_voucher

PATH = "/tallystick/v1/vouchers"
MOST = 100
# While one flight waits for the disk the next one's signatures are recovered; more would only wait for each other.
FLIGHTS, FLIGHT, WAITING = 2, 512, 20_000
_MAX_BODY = 1 << 17
_ACKNOWLEDGED = b'{"status":"acknowledged"}'

Refusals = Sequence[NodeError | None]
Take = Callable[[Sequence[SignedVoucher]], Refusals]
_Post = tuple[Sequence[SignedVoucher], "asyncio.Future[Refusals]"]


def mount(app: FastAPI, take: Take) -> None:
    """Put the route before those of `app`; `take` answers for each voucher, and is called from two threads."""
    app.add_middleware(VoucherPosts, take=take)


class VoucherPosts:
    """The route, as ASGI middleware."""

    def __init__(self, app: ASGIApp, take: Take) -> None:
        self._app, self._gathering = app, Gathering(take)
        self._streams = Streams(self._gathering.take)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        try:
            if (b"content-type", LINES) in scope["headers"]:
                await self._streams.serve(receive, send)
                return
            body = await _read(receive)
            signed, is_list = _parse(body)
            refusals = await self._gathering.take(signed)
            if not is_list and refusals[0] is not None:
                raise refusals[0]
            await _send(send, 200, _told(refusals) if is_list else _ACKNOWLEDGED)
        except NodeError as error:
            await _send(send, error.http_status, _dumps(shape.error_body(error)), error)


class Gathering:
    """Vouchers that come while others are on their way to the disk go together on the next one."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._pool = ThreadPoolExecutor(FLIGHTS, thread_name_prefix="vouchers")
        self._waiting: list[_Post] = []
        self._count = self._under_way = 0

    async def take(self, signed: Sequence[SignedVoucher]) -> Refusals:
        if self._count >= WAITING:
            raise Overloaded("Too many vouchers wait for the disk.", "Send them again in a second.")
        told: asyncio.Future[Refusals] = asyncio.get_running_loop().create_future()
        self._waiting.append((signed, told))
        self._count += len(signed)
        self._start()
        return await told

    def _start(self) -> None:
        while self._waiting and self._under_way < FLIGHTS:
            posts, size = 0, 0
            while posts < len(self._waiting) and size < FLIGHT:
                size += len(self._waiting[posts][0])
                posts += 1
            flight, self._waiting = self._waiting[:posts], self._waiting[posts:]
            self._under_way += 1
            vouchers = [one for signed, _ in flight for one in signed]
            loop = asyncio.get_running_loop()
            landing = loop.run_in_executor(self._pool, self._take, vouchers)
            landing.add_done_callback(partial(self._landed, flight))

    def _landed(self, flight: Sequence[_Post], landing: "asyncio.Future[Refusals]") -> None:
        self._under_way -= 1
        failure = landing.exception()
        at = 0
        for signed, told in flight:
            self._count -= len(signed)
            if told.done():  # its client has left; what it posted is kept all the same
                pass
            elif failure is not None:
                told.set_exception(failure)
            else:
                told.set_result(landing.result()[at : at + len(signed)])
            at += len(signed)
        self._start()


def _parse(raw: bytes) -> tuple[list[SignedVoucher], bool]:
    try:
        body = json.loads(raw)
    except (ValueError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"The body is not valid JSON: {error}.") from error
    if not isinstance(body, list):
        return [read_voucher(body)], False
    if not 1 <= len(body) <= MOST:
        raise InvalidInput(f"A post holds 1 to {MOST} vouchers, not {len(body)}.", "Send several posts.")
    return [read_voucher(one) for one in body], True


def _told(refusals: Refusals) -> bytes:
    return _dumps({"outcomes": [_outcome(refusal) for refusal in refusals]})


def _outcome(refusal: NodeError | None) -> dict[str, Any]:
    if refusal is None:
        return {"status": "acknowledged"}
    return {"status": "refused", "http_status": refusal.http_status, **shape.error_body(refusal)}


async def _read(receive: Receive) -> bytes:
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidInput("The client left before its vouchers had come.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > _MAX_BODY:
            raise InvalidInput(f"The body exceeds {_MAX_BODY} bytes.")
        more = message.get("more_body", False)
    return b"".join(parts)


async def _send(send: Send, status: int, body: bytes, error: NodeError | None = None) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if isinstance(error, Overloaded):
        headers.append((b"retry-after", b"%d" % error.retry_after_s))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _dumps(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
