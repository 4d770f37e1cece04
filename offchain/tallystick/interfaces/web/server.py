"""The operator's HTTP API: OpenAI-compatible answers, and the offer, quotes and vouchers that pay for them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.telemetry import TelemetryConfig
from starlette.concurrency import run_in_threadpool

from tallystick.app.exchange import offer_to_json
from tallystick.app.monitoring import word
from tallystick.app.monitoring.feedback import TakenFeedback
from tallystick.app.results import Answered, AnswerEvent, Asked, ChatRequest, Offer, Quote
from tallystick.app.verifying import consents
from tallystick.domain.usage import SignedVoucher
from tallystick.errors import NodeError
from tallystick.interfaces.web import operations, receipts_router
from tallystick.interfaces.web.counting import Counting
from tallystick.interfaces.web.guarding import Guard
from tallystick.interfaces.web.operations import Observed
from tallystick.interfaces.web.reading import json_object
from tallystick.interfaces.web.responding import respond, whole_answer
from tallystick.interfaces.web.shapes import answers
from tallystick.interfaces.web.shapes.asking import model_of, parse_chat, parse_completion, parse_embedding
from tallystick.interfaces.web.shapes.errors import speak_openai
from tallystick.interfaces.web.streaming import workers
from tallystick.interfaces.web.wire import VOUCHER_HEADER, key_of, voucher_of
from tallystick.interfaces.web.x402.door import Door, Paid
from tallystick.interfaces.web.x402.facilitator import facilitator
from tallystick.ports.auditing.canaries import Consent

MOST_ANSWERS = 256


class Serving(Protocol):
    """What the API asks of the application."""

    def offers(self) -> tuple[Offer, ...]: ...
    def tier(self, model: str = ...) -> str: ...
    def offer(self, model: str = ...) -> Offer: ...
    def reader_card(self) -> bytes: ...
    def quote(self, request: Asked) -> Quote: ...
    def answer(
        self, request: ChatRequest, signed: SignedVoucher, key: str = ...
    ) -> Iterator[AnswerEvent]: ...
    def embed(self, request: Any, signed: SignedVoucher, key: str = ...) -> Answered: ...
    def kept(self, request: Asked, signed: SignedVoucher, key: str) -> Answered: ...
    def acknowledge_many(self, signed: Sequence[SignedVoucher]) -> Sequence[NodeError | None]: ...
    def feedback(self, signed: word.SignedFeedback) -> TakenFeedback: ...
    def consent(self, given: Consent) -> bool: ...


def build(
    node: Serving,
    routers: Sequence[APIRouter] = (),
    payments: Paid | None = None,
    observed: Observed | None = None,
) -> FastAPI:
    """The application; every route is parse, call, present. `routers` are mounted beside them.

    With `payments`, a request without a voucher may pay by x402; with `observed`, requests are counted and told.
    """
    # What people ask goes to no collector that an environment variable names.
    untold: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
    app = FastAPI(title="Tallystick operator", docs_url=None, redoc_url=None, telemetry=untold)
    speak_openai(app)
    beside = [facilitator(payments)] if payments else []
    if observed is not None:
        beside.append(operations.router(observed, is_public=True))
    for router in (_models(node), _terms(node), _answers(node, payments), *beside, *routers):
        app.include_router(router)
    receipts_router.mount(app, lambda signed: node.acknowledge_many(signed))
    app.add_middleware(Guard)
    if observed is not None:
        app.add_middleware(Counting, metrics=observed.meters())
    return app


def _models(node: Serving) -> APIRouter:
    router = APIRouter()

    @router.get("/healthz")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/v1/models")
    def models() -> dict[str, Any]:
        return answers.model_list([(offer, node.tier(offer.model)) for offer in node.offers()])

    @router.get("/v1/models/{model:path}")
    def model(model: str) -> dict[str, Any]:
        return answers.model(node.offer(model), node.tier(model))

    return router


def _terms(node: Serving) -> APIRouter:
    router = APIRouter(prefix="/tallystick/v1")

    @router.get("/offer")
    def offer(model: str = "") -> dict[str, Any]:
        return offer_to_json(node.offer(model))

    @router.get("/reader")
    def reader() -> Response:
        return Response(node.reader_card(), media_type="application/json")

    @router.post("/quote")
    async def quote(request: Request) -> dict[str, Any]:
        asked = _asked(node, await json_object(request))
        quoted = await run_in_threadpool(node.quote, asked)
        return {"tokens_in": quoted.tokens_in, "max_tokens": asked.max_tokens, "max_fee": quoted.max_fee}

    @router.post("/feedback")
    async def feedback(request: Request) -> dict[str, Any]:
        taken = await run_in_threadpool(node.feedback, word.from_json(await json_object(request)))
        return {"label": taken.label, "may_train": taken.may_train, "is_watched": taken.is_watched}

    @router.post("/consent")
    async def consent(request: Request) -> dict[str, bool]:
        given = consents.from_json(await json_object(request))
        return {"is_wanted": await run_in_threadpool(node.consent, given)}

    return router


def _answers(node: Serving, payments: Paid | None) -> APIRouter:
    router, threads = APIRouter(), workers(MOST_ANSWERS)
    door = Door(payments, threads) if payments else None

    async def answered(request: Request, parse: Callable[..., ChatRequest]) -> Response:
        if door is not None and VOUCHER_HEADER not in request.headers:
            body = await json_object(request)
            return await door.respond(request, parse(body, default_max_tokens=_most(node, body)), body)
        signed, body = voucher_of(request), await json_object(request)
        asked = parse(body, default_max_tokens=_most(node, body))
        return await respond(request, node.answer(asked, signed, key_of(request)), asked, body, threads)

    @router.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:
        return await answered(request, parse_chat)

    @router.post("/v1/completions")
    async def complete(request: Request) -> Response:
        return await answered(request, parse_completion)

    @router.post("/v1/embeddings")
    async def embed(request: Request) -> Response:
        if door is not None and VOUCHER_HEADER not in request.headers:
            body = await json_object(request)
            return await door.respond(request, parse_embedding(body), body)
        signed, body = voucher_of(request), await json_object(request)
        made = await run_in_threadpool(node.embed, parse_embedding(body), signed, key_of(request))
        return whole_answer(made, body)

    @router.post("/tallystick/v1/kept")
    async def kept(request: Request) -> JSONResponse:
        signed, body = voucher_of(request), await json_object(request)
        found = await run_in_threadpool(node.kept, _asked(node, body), signed, key_of(request))
        return whole_answer(found, body)

    return router


def _asked(node: Serving, body: dict[str, Any]) -> Asked:
    """Whichever of the three kinds of request this is."""
    if "input" in body:
        return parse_embedding(body)
    parse = parse_completion if "prompt" in body else parse_chat
    return parse(body, default_max_tokens=_most(node, body))


def _most(node: Serving, body: dict[str, Any]) -> int:
    return node.offer(model_of(body)).max_tokens
