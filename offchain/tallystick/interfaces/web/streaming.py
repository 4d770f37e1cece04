"""Carries blocking iterators over HTTP: one worker thread a step, closed there as soon as the client is gone."""

import json
import logging
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing
from typing import Any, TypeVar

import anyio
from anyio.to_thread import run_sync
from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from starlette.types import Send

_Item = TypeVar("_Item")
_LOG = logging.getLogger(__name__)
_ENDED = object()
DONE = "data: [DONE]\n\n"


def workers(most: int) -> anyio.CapacityLimiter:
    """Threads that answers may block; one a waiting answer."""
    return anyio.CapacityLimiter(most)


async def opened(items: Iterator[_Item], limiter: anyio.CapacityLimiter) -> _Item:
    """The first item: refusals are raised here, before a status line is sent."""
    found = await run_sync(next, items, _ENDED, limiter=limiter)
    if found is _ENDED:
        raise RuntimeError("the answer is empty")
    return found  # type: ignore[return-value]


async def collected(
    request: Request, first: _Item, items: Iterator[_Item], limiter: anyio.CapacityLimiter
) -> _Item | None:
    """The last item, None when the client left before it; then `items` is closed."""
    last = first
    async for item in stepped(items, limiter, request.is_disconnected):
        last = item
    return None if await request.is_disconnected() else last


async def stepped(
    items: Iterator[_Item],
    limiter: anyio.CapacityLimiter,
    has_left: Callable[[], Any] | None = None,
) -> AsyncGenerator[_Item, None]:
    """What is left of `items`, closed in a worker thread however this ends."""
    try:
        while (item := await run_sync(next, items, _ENDED, limiter=limiter)) is not _ENDED:
            yield item  # type: ignore[misc]
            if has_left is not None and await has_left():
                return
    finally:
        with anyio.CancelScope(shield=True):
            await run_sync(_close, items, limiter=limiter)


class ClosingResponse(StreamingResponse):
    """Closes what it streams when its client no longer reads; the library's leaves that to the garbage collector."""

    async def stream_response(self, send: Send) -> None:
        async with aclosing(self._lines()):
            await super().stream_response(send)

    def _lines(self) -> AsyncGenerator[Any, None]:
        return self.body_iterator  # type: ignore[return-value]


def sse(lines: AsyncGenerator[str, None]) -> Response:
    """A stream of server-sent events."""
    return ClosingResponse(lines, media_type="text/event-stream", headers={"cache-control": "no-store"})


def line(body: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(dict(body), ensure_ascii=False)}\n\n"


def _close(items: Iterator[Any]) -> None:
    try:
        getattr(items, "close", lambda: None)()
    except Exception:  # nobody is left to be told
        _LOG.exception("answer_not_closed")
