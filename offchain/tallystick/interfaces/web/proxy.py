"""The consumer's local pay proxy: unmodified OpenAI clients talk to it, it pays. Binds to loopback."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing
from typing import Any, Protocol

from anyio.to_thread import run_sync
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from tallystick.errors import InvalidInput, NodeError
from tallystick.interfaces.web.openai_shape import error_body
from tallystick.interfaces.web.streaming import DONE, line, opened, sse, stepped, workers
from tallystick.interfaces.web.wire import KEY_HEADER

_MAX_BODY = 1 << 20
MOST_ANSWERS = 256


class Paying(Protocol):
    """What the proxy asks of the application: JSON in, JSON out, paid for in between."""

    def models(self) -> Mapping[str, Any]: ...
    def chat(self, body: dict[str, Any], key: str = ...) -> Mapping[str, Any]: ...
    def chat_stream(self, body: dict[str, Any], key: str = ...) -> Iterator[Mapping[str, Any]]: ...


def build(desk: Paying) -> FastAPI:
    """The application; every route is parse, call, present."""
    app = FastAPI(title="Tallystick pay proxy", docs_url=None, redoc_url=None)
    threads = workers(MOST_ANSWERS)

    @app.exception_handler(NodeError)
    def refuse(_: Request, error: NodeError) -> JSONResponse:
        return JSONResponse(error_body(error), status_code=error.http_status)

    @app.get("/healthz")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/v1/models")
    def models() -> dict[str, Any]:
        return dict(desk.models())

    @app.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:
        body, key = await _json(request), request.headers.get(KEY_HEADER, "")
        if not body.get("stream"):
            return JSONResponse(dict(await run_sync(desk.chat, body, key, limiter=threads)))
        chunks = desk.chat_stream(body, key)
        first = await opened(chunks, threads)
        return sse(_stream(first, stepped(chunks, threads)))

    return app


async def _stream(
    first: Mapping[str, Any], chunks: AsyncGenerator[Mapping[str, Any], None]
) -> AsyncIterator[str]:
    try:
        async with aclosing(chunks):
            yield line(first)
            async for chunk in chunks:
                yield line(chunk)
    except NodeError as error:
        yield line(error_body(error))
    yield DONE


async def _json(request: Request) -> dict[str, Any]:
    raw = await request.body()
    if len(raw) > _MAX_BODY:
        raise InvalidInput(f"The body exceeds {_MAX_BODY} bytes.")
    try:
        body = json.loads(raw)
    except (ValueError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The body is not valid JSON: {error}.") from error
    if not isinstance(body, dict):
        raise InvalidInput("The body must be a JSON object.")
    return body
