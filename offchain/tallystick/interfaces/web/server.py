"""The operator's HTTP API: OpenAI-compatible chat, and the offer, quotes and vouchers that pay for it."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from typing import Any, Protocol

from anyio import CapacityLimiter
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.telemetry import TelemetryConfig
from starlette.concurrency import run_in_threadpool

from tallystick.app.exchange import offer_to_json
from tallystick.app.monitoring import word
from tallystick.app.monitoring.feedback import TakenFeedback
from tallystick.app.results import Answered, AnswerEvent, ChatRequest, Offer, Piece, Quote
from tallystick.domain.usage import SignedVoucher
from tallystick.errors import InvalidInput, NodeError, NotAuthorised
from tallystick.interfaces.web import openai_shape as shape
from tallystick.interfaces.web import receipts_router
from tallystick.interfaces.web.streaming import DONE, collected, line, opened, sse, stepped, workers
from tallystick.interfaces.web.wire import KEY_HEADER, VOUCHER_HEADER, answer_extension, read_voucher

_MAX_BODY = 1 << 20
MOST_ANSWERS = 256


class Serving(Protocol):
    """What the API asks of the application."""

    def offers(self) -> tuple[Offer, ...]: ...
    def offer(self, model: str = ...) -> Offer: ...
    def reader_card(self) -> bytes: ...
    def quote(self, request: ChatRequest) -> Quote: ...
    def answer(
        self, request: ChatRequest, signed: SignedVoucher, key: str = ...
    ) -> Iterator[AnswerEvent]: ...
    def kept(self, request: ChatRequest, signed: SignedVoucher, key: str) -> Answered: ...
    def acknowledge_many(self, signed: Sequence[SignedVoucher]) -> Sequence[NodeError | None]: ...
    def feedback(self, signed: word.SignedFeedback) -> TakenFeedback: ...


def build(node: Serving) -> FastAPI:
    """The application; every route is parse, call, present."""
    # What people ask goes to no collector that an environment variable names.
    untold: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
    app = FastAPI(title="Tallystick operator", docs_url=None, redoc_url=None, telemetry=untold)
    threads = workers(MOST_ANSWERS)

    @app.exception_handler(NodeError)
    def refuse(_: Request, error: NodeError) -> JSONResponse:
        return JSONResponse(shape.error_body(error), status_code=error.http_status)

    @app.get("/healthz")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/v1/models")
    def models() -> dict[str, Any]:
        return _models(node.offers())

    @app.get("/tallystick/v1/offer")
    def offer(model: str = "") -> dict[str, Any]:
        return offer_to_json(node.offer(model))

    @app.get("/tallystick/v1/reader")
    def reader() -> Response:
        return Response(node.reader_card(), media_type="application/json")

    @app.post("/tallystick/v1/quote")
    async def quote(request: Request) -> dict[str, Any]:
        chat = await _chat(node, request)
        quoted = await run_in_threadpool(node.quote, chat)
        return {"tokens_in": quoted.tokens_in, "max_tokens": chat.max_tokens, "max_fee": quoted.max_fee}

    @app.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:
        voucher = _voucher(request)
        return await _respond(node, request, await _chat(node, request), voucher, threads)

    @app.post("/tallystick/v1/kept")
    async def kept(request: Request) -> Response:
        voucher, key = _voucher(request), _key(request)
        found = await run_in_threadpool(node.kept, await _chat(node, request), voucher, key)
        return JSONResponse(shape.completion(found, extension=answer_extension(found)))

    _take_feedback(app, node)
    receipts_router.mount(app, node.acknowledge_many)
    return app


def _take_feedback(app: FastAPI, node: Serving) -> None:
    @app.post("/tallystick/v1/feedback")
    async def feedback(request: Request) -> dict[str, Any]:
        taken = await run_in_threadpool(node.feedback, word.from_json(await _json(request)))
        return {"label": taken.label, "may_train": taken.may_train, "is_watched": taken.is_watched}


def _models(offers: tuple[Offer, ...]) -> dict[str, Any]:
    listed = [{"id": o.model, "object": "model", "created": 0, "owned_by": o.terms.operator} for o in offers]
    return {"object": "list", "data": listed}


async def _respond(
    node: Serving, http: Request, request: ChatRequest, voucher: SignedVoucher, threads: CapacityLimiter
) -> Response:
    events = node.answer(request, voucher, _key(http))
    first = await opened(events, threads)
    if request.stream:
        return sse(_stream(first, stepped(events, threads)))
    last = await collected(http, first, events, threads)
    if not isinstance(last, Answered):
        return Response(status_code=499)  # nobody reads it: the client left
    return JSONResponse(shape.completion(last, extension=answer_extension(last)))


async def _stream(first: AnswerEvent, events: AsyncGenerator[AnswerEvent, None]) -> AsyncIterator[str]:
    try:
        async with aclosing(events):
            for text in _sse(first, role=True):
                yield text
            async for event in events:
                for text in _sse(event):
                    yield text
    except NodeError as error:
        yield line(shape.error_body(error))
    yield DONE


def _sse(event: AnswerEvent, *, role: bool = False) -> Iterator[str]:
    if role:
        yield line(shape.chunk(event.answer_id, event.model, {"role": "assistant", "content": ""}))
    if isinstance(event, Piece):
        yield line(shape.chunk(event.answer_id, event.model, {"content": event.text}))
        return
    yield line(shape.chunk(event.answer_id, event.model, {}, event.finish_reason))
    yield line(shape.last_chunk(event, extension=answer_extension(event)))


async def _chat(node: Serving, request: Request) -> ChatRequest:
    body = await _json(request)
    model = body.get("model") if isinstance(body, dict) else None
    offer = node.offer(model if isinstance(model, str) else "")
    return shape.parse_chat(body, default_max_tokens=offer.max_tokens)


def _key(request: Request) -> str:
    return request.headers.get(KEY_HEADER, "")


def _voucher(request: Request) -> SignedVoucher:
    header = request.headers.get(VOUCHER_HEADER)
    if header is None:
        raise NotAuthorised(
            "This answer is paid: no voucher came with the request.", "Ask through `tallystick pay proxy`."
        )
    return _header_voucher(header)


def _header_voucher(header: str) -> SignedVoucher:
    try:
        return read_voucher(json.loads(header))
    except ValueError as error:
        raise InvalidInput(f"The header {VOUCHER_HEADER} is not valid JSON.") from error


async def _json(request: Request) -> Any:
    raw = await request.body()
    if len(raw) > _MAX_BODY:
        raise InvalidInput(f"The body exceeds {_MAX_BODY} bytes.")
    try:
        return json.loads(raw)
    except (ValueError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The body is not valid JSON: {error}.") from error
