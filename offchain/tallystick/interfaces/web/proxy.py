"""The consumer's local pay proxy: unmodified OpenAI clients talk to it, it pays. Binds to loopback."""

import hmac
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from typing import Any, Protocol

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response

from tallystick.errors import InvalidInput, NodeError, NotAuthorised
from tallystick.interfaces.web.guarding import Guard
from tallystick.interfaces.web.reading import json_object
from tallystick.interfaces.web.shapes.answers import EXTENSION
from tallystick.interfaces.web.shapes.errors import error_body, speak_openai
from tallystick.interfaces.web.shapes.fields import WrongField
from tallystick.interfaces.web.streaming import DONE, line, opened, sse, stepped, workers
from tallystick.interfaces.web.wire import key_of

MOST_ANSWERS = 256
_ASKS = {"/v1/chat/completions": "messages", "/v1/completions": "prompt", "/v1/embeddings": "input"}


class WrongKey(NotAuthorised):
    http_status, code = 401, "invalid_api_key"


class Paying(Protocol):
    """What the proxy asks of the application: JSON in, JSON out, paid for in between."""

    def models(self) -> Mapping[str, Any]: ...
    def model(self, model: str) -> Mapping[str, Any]: ...
    def chat(self, body: dict[str, Any], key: str = ...) -> Mapping[str, Any]: ...
    def chat_stream(self, body: dict[str, Any], key: str = ...) -> Iterator[Mapping[str, Any]]: ...


def check_exposure(host: str, api_key: str) -> None:
    """`InvalidInput` for a proxy that anyone in reach could spend with."""
    if not api_key and host not in ("127.0.0.1", "::1", "localhost"):
        raise InvalidInput(
            f"On {host} others could spend through this proxy.", "Set --api-key, or listen on 127.0.0.1."
        )


def build(desk: Paying, api_key: str = "") -> FastAPI:
    """The application; every route is parse, call, present. With an `api_key` nobody spends without it."""
    app = FastAPI(title="Tallystick pay proxy", docs_url=None, redoc_url=None)
    speak_openai(app)
    router = APIRouter(prefix="/v1", dependencies=[Depends(_keyed(api_key))])
    threads = workers(MOST_ANSWERS)

    @app.get("/healthz")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/models")
    def models() -> dict[str, Any]:
        return dict(desk.models())

    @router.get("/models/{model:path}")
    def model(model: str) -> dict[str, Any]:
        return dict(desk.model(model))

    @router.post("/chat/completions")
    @router.post("/completions")
    @router.post("/embeddings")
    async def answer(request: Request) -> Response:
        body, key = _asked(request.url.path, await json_object(request)), key_of(request)
        if not body.get("stream"):
            return _whole(await run_sync(desk.chat, body, key, limiter=threads))
        chunks = desk.chat_stream(body, key)
        first = await opened(chunks, threads)
        return sse(_stream(first, stepped(chunks, threads)))

    app.include_router(router)
    app.add_middleware(Guard)
    return app


def _asked(path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Each route has a field that says what is asked; with another's it would be paid as something else."""
    wanted = _ASKS[path]
    for name in _ASKS.values():
        if (name in body) != (name == wanted):
            raise WrongField(
                name,
                f"`{name}` is {'missing' if name == wanted else 'not of this route'}.",
                "invalid_request",
            )
    return body


def _whole(answer: Mapping[str, Any]) -> JSONResponse:
    told = answer.get(EXTENSION, {})
    headers = {"x-request-id": str(answer.get("id", "")), "x-tallystick-fee": str(told["price"]["fee"])}
    return JSONResponse(dict(answer), headers=headers)


def _keyed(api_key: str) -> Any:
    def check(request: Request) -> None:
        shown = request.headers.get("authorization", "")
        if api_key and not hmac.compare_digest(shown.encode(), f"Bearer {api_key}".encode()):
            raise WrongKey("This proxy spends for its owner alone.", "Send its key as the bearer key.")

    return check


async def _stream(
    first: Mapping[str, Any], chunks: AsyncGenerator[Mapping[str, Any], None]
) -> AsyncGenerator[str, None]:
    try:
        async with aclosing(chunks):
            yield line(first)
            async for chunk in chunks:
                yield line(chunk)
    except NodeError as error:
        yield line(error_body(error))
    yield DONE
