"""The consumer's local pay proxy: unmodified OpenAI clients talk to it, it pays. Binds to loopback."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from tallystick.errors import InvalidInput, NodeError
from tallystick.interfaces.web.openai_shape import error_body

_MAX_BODY = 1 << 20


class Paying(Protocol):
    """What the proxy asks of the application: JSON in, JSON out, paid for in between."""

    def models(self) -> Mapping[str, Any]: ...
    def chat(self, body: dict[str, Any]) -> Mapping[str, Any]: ...
    def chat_stream(self, body: dict[str, Any]) -> Iterator[Mapping[str, Any]]: ...


def build(desk: Paying) -> FastAPI:
    """The application; every route is parse, call, present."""
    app = FastAPI(title="Tallystick pay proxy", docs_url=None, redoc_url=None)

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
        return await _in_thread(desk, await _json(request))

    return app


async def _in_thread(desk: Paying, body: dict[str, Any]) -> Response:
    if not body.get("stream"):
        return JSONResponse(dict(await run_in_threadpool(desk.chat, body)))
    chunks = desk.chat_stream(body)
    first = await run_in_threadpool(next, chunks)  # refusals happen here, before a status line is sent
    return StreamingResponse(_stream(first, chunks), media_type="text/event-stream")


def _stream(first: Mapping[str, Any], chunks: Iterator[Mapping[str, Any]]) -> Iterator[str]:
    yield _line(first)
    try:
        for chunk in chunks:
            yield _line(chunk)
    except NodeError as error:
        yield _line(error_body(error))
    yield "data: [DONE]\n\n"


def _line(body: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(dict(body), ensure_ascii=False)}\n\n"


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
