"""The consumer's desk at one operator: quotes, vouchers, checked receipts. One lane per answer on its way."""

import logging
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tallystick.app import exchange
from tallystick.app.agents.naming import naming
from tallystick.app.paying.operator_api import OperatorApi
from tallystick.app.paying.order import Order, digest_of, model_id_of
from tallystick.app.paying.purse import LanePool, Purse, Wallet
from tallystick.app.results import Offer
from tallystick.app.verifying import consents
from tallystick.domain.digests import voucher_statement
from tallystick.domain.ids import ZERO_HASH, Hash
from tallystick.domain.usage import SignedVoucher, Voucher
from tallystick.errors import (
    Conflict,
    IntegrityMismatch,
    InvalidInput,
    NodeError,
    NotFound,
    Overloaded,
    Unavailable,
)
from tallystick.pipeline.receipts import encoding
from tallystick.ports import AnswerKey, Ledger

_LOG = logging.getLogger(__name__)
EXTENSION = "tallystick"
_TRIES, _PAUSE_S = 40, 0.25


class PayDesk:
    """Turns OpenAI requests into paid ones; a wrong receipt is refused, and its lane is never paid again.

    `model` is the one whose offer comes first, `purse` is shared by the desks of one session.
    """

    def __init__(
        self,
        *,
        api: OperatorApi,
        ledger: Ledger,
        wallet: Wallet,
        purse: Purse | None = None,
        model: str = "",
    ) -> None:
        self._api, self._ledger, self._wallet = api, ledger, wallet
        self._purse = purse or Purse(wallet.cap)
        first = self._checked(api.offer(model))
        self._offers = {first.model: first, model_id_of(first): first}
        self._first = first
        self._pool = LanePool(ledger, wallet.consumer, first.terms.operator)
        self._takes_consents = True

    @property
    def offer(self) -> Offer:
        return self._first

    def models(self) -> Mapping[str, Any]:
        return self._api.models()

    def model(self, model: str) -> Mapping[str, Any]:
        return self._api.model(model)

    def quote(self, body: dict[str, Any]) -> Mapping[str, Any]:
        """What an answer costs at most, by the operator's terms; nothing is promised."""
        body = naming(body, self._wallet.agent)
        quoted = self._api.quote(body)
        offer = self._offer_of(str(body.get("model") or ""))
        counts = (int(quoted["tokens_in"]), int(quoted["max_tokens"]), int(quoted["max_fee"]))
        exchange.check_quote(offer, *counts)
        return dict(zip(("tokens_in", "max_tokens", "max_fee"), counts, strict=True))

    def chat(self, body: dict[str, Any], key: str = "") -> Mapping[str, Any]:
        """A whole answer, paid. The same `key` with the same body is answered again and paid once."""
        body = naming(body, self._wallet.agent)
        again = self._again(body, key)
        if again is not None:
            return again
        order = self._order(body, key)
        try:
            answer = self._api.chat(order.body, order.promise, order.key)
        except Unavailable as error:
            kept = self._rescued(order, error, "")
            if kept is None:
                raise
            return kept
        except NodeError as error:
            self._refused(order, error)
            raise
        self._settle_up(order, answer)
        return answer

    def chat_stream(self, body: dict[str, Any], key: str = "") -> Iterator[Mapping[str, Any]]:
        """The chunks as they come; the one with the receipt only after that was checked.

        Closing it asks the operator for the receipt of what was shown, and pays for that.
        """
        body = naming(body, self._wallet.agent)
        if self._again(body, key) is not None:
            yield from self._api.chat_stream(body, self._latest(body, key), key)
            return
        order, text, is_paid = self._order(body, key), "", False
        events = self._api.chat_stream(order.body, order.promise, order.key)
        try:
            for event in events:
                text += exchange.text_of(event)
                if EXTENSION in event:
                    self._settle_up(order, event, text)
                    is_paid = True
                yield event
        except GeneratorExit:
            getattr(events, "close", lambda: None)()
            if not is_paid:
                self._recovered(order, text)
            raise
        except Unavailable as error:
            if not is_paid:
                self._rescued(order, error, text)
            raise
        except NodeError as error:
            self._refused(order, error)
            raise
        if not is_paid:
            raise IntegrityMismatch(
                "The answer ended without a receipt.", "Nothing was paid for it; ask again."
            )

    def _order(self, body: dict[str, Any], key: str) -> Order:
        offer = self._offer_of(str(body.get("model") or ""))
        quoted = self._api.quote(body)
        tokens_in, max_fee = int(quoted["tokens_in"]), int(quoted["max_fee"])
        exchange.check_quote(offer, tokens_in, int(quoted["max_tokens"]), max_fee)
        lane = self._pool.take()
        last = self._last_voucher(lane)
        acknowledged, head = (last.acknowledged, last.head) if last else (0, ZERO_HASH)
        limit = max(last.limit if last else 0, acknowledged + max_fee)
        try:
            self._purse.promise(offer.terms.operator, lane, limit)
        except NodeError:
            self._pool.give_back(lane)
            raise
        key = key or f"proxy-{secrets.token_hex(16)}"
        at = (self._wallet.consumer, offer.terms.operator, lane)
        self._ledger.answers.note(AnswerKey(*at, key, digest_of(body), ZERO_HASH))
        return Order(
            body, key, offer, tokens_in, max_fee, self._promise(offer, lane, limit, acknowledged, head)
        )

    def _last_voucher(self, lane: int) -> Voucher | None:
        held = self._ledger.vouchers.latest(self._wallet.consumer, self._first.terms.operator, lane)
        return held.voucher if held else None

    def _promise(self, offer: Offer, lane: int, limit: int, acknowledged: int, head: Hash) -> SignedVoucher:
        voucher = Voucher(
            consumer=self._wallet.consumer,
            operator=offer.terms.operator,
            lane=lane,
            limit=limit,
            acknowledged=acknowledged,
            head=head,
        )
        signature = self._wallet.session.sign(voucher_statement(exchange.domain_of(offer), voucher))
        signed = SignedVoucher(voucher, signature)
        self._ledger.vouchers.store(signed)
        return signed

    def _settle_up(self, order: Order, answer: Mapping[str, Any], text: str | None = None) -> None:
        """Check the receipt, keep it, acknowledge it; a lane whose receipt is wrong is used no more."""
        extension = answer.get(EXTENSION)
        if not isinstance(extension, Mapping):
            raise IntegrityMismatch("The answer came without a receipt.", "Nothing was paid for it.")
        said = exchange.text_of(answer) if text is None else text
        at = order.voucher.voucher
        checked = exchange.check_answer(order.offer, at, order.body, order.max_fee, extension, said)
        if checked.signed.receipt.tokens_in != order.tokens_in:
            raise IntegrityMismatch("The receipt counts another prompt than was quoted.", "Nothing was paid.")
        self._ledger.receipts.store(exchange.stored_of(order.offer, checked.signed), checked.opening)
        paid = checked.signed.receipt.cumulative
        limit = max(at.limit, paid)
        signed = self._promise(order.offer, order.lane, limit, paid, checked.head)
        self._purse.pay(paid - at.acknowledged)
        self._api.acknowledge(encoding.signed_voucher_to_json(signed))
        self._pool.give_back(order.lane)
        self._agree(checked.digest)

    def _agree(self, receipt: Hash) -> None:
        """The answer is paid: that an operator takes no consent is no reason to keep it back."""
        if self._wallet.agree is None or not self._takes_consents:
            return
        try:
            given = consents.to_json(self._wallet.agree(receipt))
            self._takes_consents = self._api.consent(given)
        except NodeError as error:
            _LOG.warning("no consent was given for receipt 0x%s: %s", receipt.hex(), error)

    def _refused(self, order: Order, error: NodeError) -> None:
        """Refused before anything was made: its lane serves the next answer. Otherwise it stays aside."""
        if not isinstance(error, IntegrityMismatch) and error.http_status != Conflict.http_status:
            self._pool.give_back(order.lane)

    def _rescued(self, order: Order, error: Unavailable, seen: str) -> Mapping[str, Any] | None:
        """What the operator billed before the line broke, paid; None where it billed nothing."""
        if not isinstance(error, Overloaded):
            try:
                return self._recovered(order, seen)
            except NotFound:
                pass
        self._pool.give_back(order.lane)
        return None

    def _recovered(self, order: Order, seen: str) -> Mapping[str, Any]:
        """The answer that broke off, with the receipt of what was shown of it; paid."""
        whole = {**order.body, "stream": False}
        for _ in range(_TRIES):
            try:
                answer = self._api.kept(whole, order.promise, order.key)
                break
            except Conflict:  # the operator has not seen yet that we left
                time.sleep(_PAUSE_S)
        else:
            raise Unavailable("The operator does not let go of the broken answer.", "Its lane is given up.")
        if not exchange.text_of(answer).startswith(seen):
            raise IntegrityMismatch("The receipt is for another answer than was shown.", "Nothing was paid.")
        self._settle_up(replace(order, body=whole), answer)
        return answer

    def _again(self, body: dict[str, Any], key: str) -> Mapping[str, Any] | None:
        """What was answered under this key before; paid now if it was not then."""
        noted = self._noted(body, key)
        voucher = noted and self._last(noted.lane)
        if not noted or not voucher:
            return None
        whole = {**body, "stream": False}
        try:
            answer = self._api.kept(whole, encoding.signed_voucher_to_json(voucher), key)
        except NotFound:
            return None
        receipt = encoding.signed_receipt_from_json(answer[EXTENSION]["receipt"]).receipt
        if receipt.previous == voucher.voucher.acknowledged:
            offer = self._offer_of(str(body.get("model") or ""))
            quoted = self._api.quote(whole)
            order = Order(whole, key, offer, int(quoted["tokens_in"]), int(quoted["max_fee"]), voucher)
            self._settle_up(order, answer)
        return answer

    def _noted(self, body: dict[str, Any], key: str) -> AnswerKey | None:
        if not key:
            return None
        noted = self._ledger.answers.find(self._wallet.consumer, self._first.terms.operator, None, key)
        if noted is not None and noted.request != digest_of(body):
            raise Conflict(
                "This idempotency key belongs to another request.", "Send a new key with a new request."
            )
        return noted

    def _latest(self, body: dict[str, Any], key: str) -> dict[str, Any]:
        noted = self._noted(body, key)
        voucher = noted and self._last(noted.lane)
        assert voucher
        return encoding.signed_voucher_to_json(voucher)

    def _last(self, lane: int) -> SignedVoucher | None:
        return self._ledger.vouchers.latest(self._wallet.consumer, self._first.terms.operator, lane)

    def _offer_of(self, model: str) -> Offer:
        """An operator's models may be sold under terms of their own; each offer is checked once."""
        if not model:
            return self._first
        if model not in self._offers:
            offer = self._checked(self._api.offer(model))
            if offer.terms.operator != self._first.terms.operator or model not in (
                offer.model,
                model_id_of(offer),
            ):
                raise IntegrityMismatch("The operator offers another model than was asked for.", "Leave it.")
            self._offers[model] = offer
        return self._offers[model]

    def _checked(self, body: Mapping[str, Any]) -> Offer:
        offer = exchange.offer_from_json(body)
        if offer.chain_id != self._wallet.chain_id or offer.escrow != self._wallet.escrow:
            raise InvalidInput(
                f"The operator settles on chain {offer.chain_id}, escrow {offer.escrow};"
                f" this wallet is on chain {self._wallet.chain_id}, escrow {self._wallet.escrow}.",
                "Use an operator of the same deployment.",
            )
        return offer
