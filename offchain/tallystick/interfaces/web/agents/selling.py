"""What an operator sells to agents over MCP and A2A: answers, paid by x402 or by a voucher in the metadata."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tallystick.app.payments.payment import PaymentRefused
from tallystick.app.results import Answered, AnswerEvent, Asked, ChatRequest, Offer, Quote
from tallystick.domain.usage import SignedVoucher
from tallystick.errors import InvalidInput, Unavailable
from tallystick.interfaces.web.shapes.asking import parse_chat
from tallystick.interfaces.web.wire import NoVoucher, answer_extension, read_voucher
from tallystick.interfaces.web.x402 import shapes
from tallystick.interfaces.web.x402.door import Paid, PaymentMissing

# Where x402's transport for MCP has them; the voucher is ours.
PAYMENT, SETTLED, VOUCHER = "x402/payment", "x402/payment-response", "tallystick/voucher"


class Selling(Protocol):
    """What these doors ask of the application."""

    def offers(self) -> tuple[Offer, ...]: ...
    def offer(self, model: str = ...) -> Offer: ...
    def quote(self, request: Asked) -> Quote: ...
    def answer(
        self, request: ChatRequest, signed: SignedVoucher, key: str = ...
    ) -> Iterator[AnswerEvent]: ...
    def acknowledge(self, signed: SignedVoucher) -> None: ...


class Unpaid(PaymentRefused):
    """`required` is what x402 calls PaymentRequired, `code` why."""

    def __init__(self, error: PaymentRefused, required: dict[str, Any]) -> None:
        super().__init__(error.message, error.hint)
        self.code, self.required = error.code, required


@dataclass(frozen=True, slots=True)
class Sold:
    """An answer with its `tallystick` extension; `settled` is x402's SettleResponse, None for one that a voucher paid."""

    told: dict[str, Any]
    settled: dict[str, Any] | None


class Counter:
    """Blocks while an answer is made. Without `payments` only vouchers buy."""

    def __init__(self, node: Selling, payments: Paid | None) -> None:
        self._node, self._payments = node, payments

    def models(self) -> list[str]:
        return [offer.model for offer in self._node.offers()]

    def price(self, question: str, model: str = "") -> dict[str, Any]:
        """The most that an answer may cost, base units."""
        asked = self._asked(question, model)
        quoted = self._node.quote(asked)
        return {"tokens_in": quoted.tokens_in, "max_tokens": asked.max_tokens, "max_fee": quoted.max_fee}

    def ask(self, question: str, model: str, proof: Mapping[str, Any], resource: str) -> Sold:
        """`Unpaid` says what to pay; `proof` holds a payment or a voucher under the names above."""
        asked = self._asked(question, model)
        if VOUCHER in proof:
            return Sold(_told(self._node.answer(asked, read_voucher(proof[VOUCHER]))), None)
        if self._payments is None:
            raise NoVoucher(
                f"No voucher is in the request's `{VOUCHER}`.", "Ask through `tallystick pay proxy`."
            )
        try:
            return self._paid(self._payments, asked, proof)
        except PaymentRefused as error:
            amount = self._payments.max_fee(asked)
            required = shapes.required(self._payments.terms(), amount, resource, error.code)
            raise Unpaid(error, required) from error

    def acknowledge(self, voucher: object) -> None:
        """Take the voucher that covers a lane's last receipt."""
        self._node.acknowledge(read_voucher(voucher))

    def _paid(self, payments: Paid, asked: ChatRequest, proof: Mapping[str, Any]) -> Sold:
        if PAYMENT not in proof:
            raise PaymentMissing("This answer is paid.", "Sign one of `accepts`: docs/x402.md.")
        payment = shapes.payment_of(proof[PAYMENT])
        told = _told(payments.answer(asked, payment))
        return Sold(told, shapes.settled(payment, payments.settled_by(payment)))

    def _asked(self, question: str, model: str) -> ChatRequest:
        if not question.strip():
            raise InvalidInput("The question is empty.", "Ask something.")
        body = {"model": model, "messages": [{"role": "user", "content": question}]}
        return parse_chat(body, default_max_tokens=self._node.offer(model).max_tokens)


def _told(events: Iterator[AnswerEvent]) -> dict[str, Any]:
    last = [*events][-1:]
    if not last or not isinstance(last[0], Answered):
        raise Unavailable("The answer was not finished.", "Nothing was billed; ask again.")
    return {"answer": last[0].text, "model": last[0].model, "tallystick": answer_extension(last[0])}
