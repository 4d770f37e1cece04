"""The consumer's side: quotes, vouchers, checked receipts. Pays for one answer at a time on its lane."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tallystick.app import exchange
from tallystick.app.results import Offer
from tallystick.domain.digests import voucher_digest
from tallystick.domain.ids import ZERO_HASH, Address, Hash
from tallystick.domain.usage import SignedVoucher, Voucher
from tallystick.errors import InsufficientFunds, IntegrityMismatch, InvalidInput, NodeError
from tallystick.pipeline.receipts import encoding
from tallystick.ports import Ledger, Signer, StoredReceipt

EXTENSION = "tallystick"


class OperatorApi(Protocol):
    """An operator by HTTP; JSON in and out."""

    def offer(self) -> dict[str, Any]: ...
    def reader_card(self) -> bytes: ...
    def quote(self, body: Mapping[str, Any]) -> dict[str, Any]: ...
    def chat(self, body: Mapping[str, Any], voucher: Mapping[str, Any]) -> dict[str, Any]: ...
    def chat_stream(
        self, body: Mapping[str, Any], voucher: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]: ...
    def acknowledge(self, voucher: Mapping[str, Any]) -> None: ...
    def feedback(self, signed: Mapping[str, Any]) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Wallet:
    """Who pays, with which session key, at most how much on one lane, on which chain and escrow."""

    consumer: Address
    session: Signer
    cap: int
    chain_id: int
    escrow: Address


@dataclass(frozen=True, slots=True)
class Order:
    """One question on its way: what was quoted, what was promised, what the answer must cover."""

    body: dict[str, Any]
    tokens_in: int
    max_fee: int
    voucher: SignedVoucher


class PayDesk:
    """Turns OpenAI requests into paid ones; a wrong receipt is refused, and its lane is never paid again."""

    def __init__(self, *, api: OperatorApi, ledger: Ledger, wallet: Wallet) -> None:
        self._api, self._ledger, self._wallet = api, ledger, wallet
        self._lock = threading.Lock()
        self._offer = exchange.offer_from_json(api.offer())
        self._check_offer(self._offer)
        self._lane: int | None = None

    @property
    def offer(self) -> Offer:
        return self._offer

    def models(self) -> Mapping[str, Any]:
        owner = self._offer.terms.operator
        return {
            "object": "list",
            "data": [{"id": self._offer.model, "object": "model", "created": 0, "owned_by": owner}],
        }

    def chat(self, body: dict[str, Any]) -> Mapping[str, Any]:
        """A whole answer, paid."""
        with self._lock:
            order = self._order(body)
            answer = self._api.chat(order.body, encoding.signed_voucher_to_json(order.voucher))
            text = answer["choices"][0]["message"]["content"]
            self._settle_up(order, answer.get(EXTENSION), text)
            return answer

    def chat_stream(self, body: dict[str, Any]) -> Iterator[Mapping[str, Any]]:
        """The chunks as they come; the one with the receipt only after that was checked."""
        with self._lock:
            order = self._order(body)
            text, paid = "", False
            for event in self._api.chat_stream(order.body, encoding.signed_voucher_to_json(order.voucher)):
                text += "".join(c["delta"].get("content") or "" for c in event["choices"])
                if EXTENSION in event:
                    self._settle_up(order, event[EXTENSION], text)
                    paid = True
                yield event
            if not paid:
                self._lane = None
                raise IntegrityMismatch(
                    "The answer ended without a receipt.", "Nothing was paid for it; ask again."
                )

    def _order(self, body: dict[str, Any]) -> Order:
        quoted = self._api.quote(body)
        tokens_in, max_fee = int(quoted["tokens_in"]), int(quoted["max_fee"])
        exchange.check_quote(self._offer, tokens_in, int(quoted["max_tokens"]), max_fee)
        last = self._last_voucher()
        acknowledged, head = (last.acknowledged, last.head) if last else (0, ZERO_HASH)
        limit = max(last.limit if last else 0, acknowledged + max_fee)
        if limit > self._wallet.cap:
            raise InsufficientFunds(
                f"This answer could bring the lane to {limit} base units, above the cap {self._wallet.cap}.",
                "Raise the cap of the pay proxy, or start a new one.",
            )
        return Order(body, tokens_in, max_fee, self._promise(limit, acknowledged, head))

    def _last_voucher(self) -> Voucher | None:
        consumer, operator = self._wallet.consumer, self._offer.terms.operator
        if self._lane is None:
            self._lane = self._ledger.vouchers.next_lane(consumer, operator)
        held = self._ledger.vouchers.latest(consumer, operator, self._lane)
        return held.voucher if held else None

    def _promise(self, limit: int, acknowledged: int, head: Hash) -> SignedVoucher:
        assert self._lane is not None
        voucher = Voucher(
            consumer=self._wallet.consumer,
            operator=self._offer.terms.operator,
            lane=self._lane,
            limit=limit,
            acknowledged=acknowledged,
            head=head,
        )
        signature = self._wallet.session.sign_digest(voucher_digest(exchange.domain_of(self._offer), voucher))
        signed = SignedVoucher(voucher, signature)
        self._ledger.vouchers.store(signed)
        return signed

    def _settle_up(self, order: Order, extension: Mapping[str, Any] | None, text: str) -> None:
        if extension is None:
            self._lane = None
            raise IntegrityMismatch("The answer came without a receipt.", "Nothing was paid for it.")
        try:
            at = order.voucher.voucher
            checked = exchange.check_answer(self._offer, at, order.body, order.max_fee, extension, text)
            if checked.signed.receipt.tokens_in != order.tokens_in:
                raise IntegrityMismatch(
                    "The receipt counts another prompt than was quoted.", "Nothing was paid."
                )
        except NodeError:
            self._lane = None
            raise
        receipt = checked.signed.receipt
        encoded = exchange.encode(checked.signed)
        stored = StoredReceipt(digest=checked.digest, head=checked.head, receipt=receipt, encoded=encoded)
        self._ledger.receipts.store(stored, checked.opening)
        limit = max(order.voucher.voucher.limit, receipt.cumulative)
        self._api.acknowledge(
            encoding.signed_voucher_to_json(self._promise(limit, receipt.cumulative, checked.head))
        )

    def _check_offer(self, offer: Offer) -> None:
        if offer.chain_id != self._wallet.chain_id or offer.escrow != self._wallet.escrow:
            raise InvalidInput(
                f"The operator settles on chain {offer.chain_id}, escrow {offer.escrow};"
                f" this wallet is on chain {self._wallet.chain_id}, escrow {self._wallet.escrow}.",
                "Use an operator of the same deployment.",
            )
