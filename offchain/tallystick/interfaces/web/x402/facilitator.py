"""The facilitator of payments to this operator: verify, settle, supported. Only `exact`; `upto` is not supported."""

import threading
import time
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from tallystick.app.payments.payment import Payment, PaymentRefused
from tallystick.errors import Overloaded
from tallystick.interfaces.web.reading import json_object
from tallystick.interfaces.web.x402 import shapes
from tallystick.interfaces.web.x402.door import Paid

SETTLES_A_MINUTE = 30


class Allowance:
    """A bucket of `a_minute` settlements that fills as time goes by: each one costs the operator gas."""

    def __init__(self, a_minute: int = SETTLES_A_MINUTE, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock, self._lock = a_minute, clock, threading.Lock()
        self._left, self._at = float(a_minute), clock()

    def take(self) -> None:
        """`Overloaded` when it is empty."""
        with self._lock:
            now = self._clock()
            self._left = min(self._left + (now - self._at) * self._most / 60, self._most)
            self._at = now
            if self._left < 1:
                raise Overloaded(
                    "Too many settlements were asked for.",
                    "Come again later.",
                    retry_after_s=max(1, 60 // self._most),
                )
            self._left -= 1


def facilitator(payments: Paid, allowance: Allowance | None = None) -> APIRouter:
    """Payments to others are refused: nobody else's gas is paid here."""
    router, allowed = APIRouter(prefix="/x402"), allowance or Allowance()

    def read(body: dict[str, Any]) -> tuple[Payment, int]:
        payment = shapes.payment_of(body.get("paymentPayload"))
        return payment, shapes.amount_of(body.get("paymentRequirements"), payments.terms())

    def checked(body: dict[str, Any]) -> dict[str, Any]:
        try:
            payment, amount = read(body)
            payments.verify(payment, amount)
        except PaymentRefused as error:
            told = {"isValid": False, "invalidReason": error.code, "invalidMessage": str(error)}
            return {**told, "payer": _payer(body)}
        return {"isValid": True, "payer": payment.transfer.payer}

    def taken(body: dict[str, Any]) -> dict[str, Any]:
        try:
            payment, amount = read(body)
            payments.verify(payment, amount)
            allowed.take()
            return shapes.settled(payment, payments.settle(payment, amount))
        except PaymentRefused as error:
            return shapes.unsettled(error, _payer(body), payments.terms().network)

    @router.post("/verify")
    async def verify(request: Request) -> dict[str, Any]:
        return await run_in_threadpool(checked, await json_object(request))

    @router.post("/settle")
    async def settle(request: Request) -> dict[str, Any]:
        return await run_in_threadpool(taken, await json_object(request))

    @router.get("/supported")
    def supported() -> dict[str, Any]:
        terms = payments.terms()
        extra = {"name": terms.name, "version": terms.version, "asset": terms.asset, "payTo": terms.pay_to}
        kind = {
            "x402Version": shapes.VERSION,
            "scheme": shapes.SCHEME,
            "network": terms.network,
            "extra": extra,
        }
        return {"kinds": [kind], "extensions": [], "signers": {"eip155:*": [terms.settler]}}

    return router


def _payer(body: dict[str, Any]) -> str:
    try:
        return str(body["paymentPayload"]["payload"]["authorization"]["from"])
    except (KeyError, TypeError):
        return ""
