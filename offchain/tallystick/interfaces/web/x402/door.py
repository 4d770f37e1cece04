"""A request without a voucher: told what to pay, or answered for the payment that it carries."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from anyio import CapacityLimiter
from fastapi import Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from tallystick.app.payments.desk import PaymentTerms
from tallystick.app.payments.payment import Payment, PaymentRefused
from tallystick.app.results import Answered, AnswerEvent, Asked, ChatRequest, EmbeddingRequest
from tallystick.domain.ids import Hash
from tallystick.interfaces.web.responding import respond, whole_answer
from tallystick.interfaces.web.shapes.errors import error_body
from tallystick.interfaces.web.x402 import shapes


class PaymentMissing(PaymentRefused):
    code = "payment_required"


class Paid(Protocol):
    """What this asks of the application."""

    def terms(self) -> PaymentTerms: ...
    def max_fee(self, request: Asked) -> int: ...
    def answer(self, request: ChatRequest, payment: Payment) -> Iterator[AnswerEvent]: ...
    def embed(self, request: EmbeddingRequest, payment: Payment) -> Answered: ...
    def settled_by(self, payment: Payment) -> Hash | None: ...
    def verify(self, payment: Payment, amount: int) -> None: ...
    def settle(self, payment: Payment, amount: int) -> Hash | None: ...


class Door:
    """Of one application; `threads` are those that answers may block."""

    def __init__(self, payments: Paid, threads: CapacityLimiter) -> None:
        self._payments, self._threads = payments, threads

    async def respond(self, http: Request, asked: Asked, body: Mapping[str, Any]) -> Response:
        """The answer with PAYMENT-RESPONSE; 402 with PAYMENT-REQUIRED while it is not paid."""
        header = http.headers.get(shapes.SIGNATURE_HEADER)
        try:
            if header is None:
                raise PaymentMissing(
                    "This answer is paid.", "Sign the payment in PAYMENT-REQUIRED: docs/x402.md."
                )
            payment = shapes.payment_from_header(header)
            answered = await self._answered(http, asked, payment, body)
        except PaymentRefused as error:
            return await self._asking(http, asked, error)
        tx_hash = await run_in_threadpool(self._payments.settled_by, payment)
        answered.headers[shapes.RESPONSE_HEADER] = shapes.encoded(shapes.settled(payment, tx_hash))
        return answered

    async def _answered(
        self, http: Request, asked: Asked, payment: Payment, body: Mapping[str, Any]
    ) -> Response:
        if isinstance(asked, EmbeddingRequest):
            return whole_answer(await run_in_threadpool(self._payments.embed, asked, payment), body)
        return await respond(http, self._payments.answer(asked, payment), asked, body, self._threads)

    async def _asking(self, http: Request, asked: Asked, error: PaymentRefused) -> Response:
        amount = await run_in_threadpool(self._payments.max_fee, asked)
        terms = await run_in_threadpool(self._payments.terms)
        told = shapes.required(terms, amount, str(http.url), error.code)
        headers = {shapes.REQUIRED_HEADER: shapes.encoded(told), "cache-control": "no-store"}
        return JSONResponse(error_body(error), status_code=error.http_status, headers=headers)
