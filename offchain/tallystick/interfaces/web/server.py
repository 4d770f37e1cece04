"""The operator's HTTP API: OpenAI-compatible chat, and the offer, quotes and vouchers that pay for it."""

import json
from collections.abc import Iterator
from typing import Any, Protocol

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from tallystick.app.exchange import offer_to_json
from tallystick.app.monitoring import word
from tallystick.app.monitoring.feedback import TakenFeedback
from tallystick.app.results import Answered, AnswerEvent, ChatRequest, Offer, Piece, Quote
from tallystick.domain.usage import SignedVoucher
from tallystick.errors import InvalidInput, NodeError, NotAuthorised
from tallystick.interfaces.web import openai_shape as shape
from tallystick.interfaces.web.wire import VOUCHER_HEADER, answer_extension, read_voucher

_MAX_BODY = 1 << 20


class Serving(Protocol):
    """What the API asks of the application."""

    def offer(self) -> Offer: ...
    def reader_card(self) -> bytes: ...
    def quote(self, request: ChatRequest) -> Quote: ...
    def answer(self, request: ChatRequest, voucher: SignedVoucher) -> Iterator[AnswerEvent]: ...
    def acknowledge(self, voucher: SignedVoucher) -> None: ...
    def feedback(self, signed: word.SignedFeedback) -> TakenFeedback: ...


def build(node: Serving) -> FastAPI:
    """The application; every route is parse, call, present."""
    app = FastAPI(title="Tallystick operator", docs_url=None, redoc_url=None)

    @app.exception_handler(NodeError)
    def refuse(_: Request, error: NodeError) -> JSONResponse:
        return JSONResponse(shape.error_body(error), status_code=error.http_status)

    @app.get("/healthz")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/v1/models")
    def models() -> dict[str, Any]:
        return _models(node.offer())

    @app.get("/tallystick/v1/offer")
    def offer() -> dict[str, Any]:
        return offer_to_json(node.offer())

    @app.get("/tallystick/v1/reader")
    def reader() -> Response:
        return Response(node.reader_card(), media_type="application/json")

    @app.post("/tallystick/v1/quote")
    async def quote(request: Request) -> dict[str, Any]:
        chat = shape.parse_chat(await _json(request), default_max_tokens=node.offer().max_tokens)
        quoted = await run_in_threadpool(node.quote, chat)
        return {"tokens_in": quoted.tokens_in, "max_tokens": chat.max_tokens, "max_fee": quoted.max_fee}

    @app.post("/tallystick/v1/vouchers")
    async def vouchers(request: Request) -> dict[str, str]:
        await run_in_threadpool(node.acknowledge, read_voucher(await _json(request)))
        return {"status": "acknowledged"}

    @app.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:
        header = request.headers.get(VOUCHER_HEADER)
        if header is None:
            raise NotAuthorised(
                "This answer is paid: no voucher came with the request.",
                "Ask through `tallystick pay proxy`.",
            )
        parsed = shape.parse_chat(await _json(request), default_max_tokens=node.offer().max_tokens)
        return await run_in_threadpool(_respond, node, parsed, _header_voucher(header))

    _take_feedback(app, node)
    return app


def _take_feedback(app: FastAPI, node: Serving) -> None:
    @app.post("/tallystick/v1/feedback")
    async def feedback(request: Request) -> dict[str, Any]:
        taken = await run_in_threadpool(node.feedback, word.from_json(await _json(request)))
        return {"label": taken.label, "may_train": taken.may_train, "is_watched": taken.is_watched}


def _models(offer: Offer) -> dict[str, Any]:
    one = {"id": offer.model, "object": "model", "created": 0, "owned_by": offer.terms.operator}
    return {"object": "list", "data": [one]}


def _respond(node: Serving, request: ChatRequest, voucher: SignedVoucher) -> Response:
    events = node.answer(request, voucher)
    first = next(events)  # refusals happen here, before a status line is sent
    if request.stream:
        return StreamingResponse(_stream(first, events), media_type="text/event-stream")
    last = [first, *events][-1]
    if not isinstance(last, Answered):
        raise InvalidInput("The answer ended without a receipt.")
    return JSONResponse(shape.completion(last, extension=answer_extension(last)))


def _stream(first: AnswerEvent, events: Iterator[AnswerEvent]) -> Iterator[str]:
    try:
        yield from _sse(first, role=True)
        for event in events:
            yield from _sse(event)
    except NodeError as error:
        yield _line(shape.error_body(error))
    yield "data: [DONE]\n\n"


def _sse(event: AnswerEvent, *, role: bool = False) -> Iterator[str]:
    if role:
        yield _line(shape.chunk(event.answer_id, event.model, {"role": "assistant", "content": ""}))
    if isinstance(event, Piece):
        yield _line(shape.chunk(event.answer_id, event.model, {"content": event.text}))
        return
    yield _line(shape.chunk(event.answer_id, event.model, {}, event.finish_reason))
    yield _line(shape.last_chunk(event, extension=answer_extension(event)))


def _line(body: dict[str, Any]) -> str:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"


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
