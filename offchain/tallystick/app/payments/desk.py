"""Answers for payments: one each, given again as often as it is asked for, and never billed twice."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from tallystick.app.answering.desk import Admitted, AnswerDesk
from tallystick.app.payments.checking import Checks, network_of
from tallystick.app.payments.payment import Payment
from tallystick.app.payments.till import Relay, Till
from tallystick.app.results import Answered, AnswerEvent, Asked, ChatRequest, EmbeddingRequest
from tallystick.domain.digests import payment_lane
from tallystick.domain.ids import ZERO_HASH, Address, Hash
from tallystick.domain.usage import Voucher
from tallystick.errors import NodeError
from tallystick.ports import Chain, Ledger

_LOG = logging.getLogger(__name__)
TIMEOUT_S = 600


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """How this operator is paid: on which network, in which token under which EIP-712 name, to which inbox.

    `settler` is whose key submits payments.
    """

    network: str
    asset: Address
    name: str
    version: str
    pay_to: Address
    settler: Address
    timeout_s: int = TIMEOUT_S


class PaymentDesk:
    """Beside the desk that answers. `chain` signs with the operator's key, `relay` with whose turn it is to submit.

    The payment is settled before the answer is made and redeemed after it, in the background: what it did not cost is
    the payer's again a block or two later.
    """

    def __init__(self, desk: AnswerDesk, chain: Chain, ledger: Ledger, relay: Relay | None = None) -> None:
        self._desk, self._chain, self._ledger = desk, chain, ledger
        self._operator = desk.operator
        self._checks = Checks(chain, self._operator)
        self._relay = relay
        self._till = Till(chain, ledger, self._operator, relay)
        self._later = ThreadPoolExecutor(max_workers=1, thread_name_prefix="redeem")
        self._later.submit(self._redeem_left)

    def terms(self) -> PaymentTerms:
        token = self._chain.payments.token()
        inbox = self._chain.payments.inbox_of(self._operator)
        return PaymentTerms(
            network_of(self._chain), token.address, token.name, token.version, inbox, self._settler()
        )

    def _settler(self) -> Address:
        sender = self._relay().sender if self._relay else None
        return sender.address if sender else self._operator

    def max_fee(self, request: Asked) -> int:
        """What a payment for this request must be of, base units."""
        return self._desk.quote(request).max_fee

    def answer(self, request: ChatRequest, payment: Payment) -> Iterator[AnswerEvent]:
        """Pieces of text, then the finished answer. Every refusal comes before the first piece, and takes no money.

        The same payment with the same request gives the stored answer again; with another request, `Conflict`.
        """
        at, admitted = self._place_of(payment)
        yield from self._desk.answer_at(at, request, payment.transfer.nonce.hex(), admitted)

    def embed(self, request: EmbeddingRequest, payment: Payment) -> Answered:
        """Vectors of texts, as `answer`."""
        at, admitted = self._place_of(payment)
        return self._desk.embed_at(at, request, payment.transfer.nonce.hex(), admitted)

    def _place_of(self, payment: Payment) -> tuple[Voucher, Admitted]:
        """The lane of a payment with what settles it around the making of its answer."""
        self._checks.check_signed(payment)
        transfer = payment.transfer
        lane = payment_lane(transfer.nonce)

        @contextmanager
        def admitted(max_fee: int) -> Iterator[None]:
            self._checks.check_value(transfer, max_fee)
            self._checks.check_open(transfer)
            try:
                self._till.settle(payment)
                yield
            finally:
                self._till.close(transfer.payer, lane)
                self._redeem_later(transfer.payer, lane)

        return Voucher(transfer.payer, self._operator, lane, transfer.value, 0, ZERO_HASH), admitted

    def verify(self, payment: Payment, amount: int) -> None:
        """Whether this payment of at least `amount` could be settled now; `PaymentRefused` says why not."""
        self._checks.check_signed(payment)
        self._checks.check_value(payment.transfer, amount)
        self._checks.check_open(payment.transfer)

    def settle(self, payment: Payment, amount: int) -> Hash | None:
        """Take the payment without an answer; one that nobody asks an answer for goes back after an hour."""
        self.verify(payment, amount)
        return self._till.settle(payment).tx_hash

    def settled_by(self, payment: Payment) -> Hash | None:
        """The transaction that credited it, where it is known."""
        lane = payment_lane(payment.transfer.nonce)
        stored = self._ledger.payments.find(payment.transfer.payer, self._operator, lane)
        return stored.tx_hash if stored else None

    def close(self) -> None:
        """Waits for what is being redeemed; what is left over, `settle` redeems."""
        self._later.shutdown(wait=True, cancel_futures=True)

    def _redeem_later(self, payer: Address, lane: int) -> None:
        try:
            self._later.submit(self._redeem, payer, lane)
        except RuntimeError:  # closing: `settle` redeems it
            _LOG.info("payment_left_to_settle payer=%s lane=%d", payer, lane)

    def _redeem_left(self) -> None:
        """What an earlier run left."""
        try:
            self._till.redeem_owed()
        except NodeError:
            _LOG.exception("payments_not_redeemed")

    def _redeem(self, payer: Address, lane: int) -> None:
        try:
            stored = self._ledger.payments.find(payer, self._operator, lane)
            receipt = self._till.receipt_of(stored) if stored else None
            if stored is not None and receipt is not None and stored.state == "settled":
                self._till.redeem(stored, receipt)
        except NodeError:
            _LOG.exception("payment_not_redeemed payer=%s lane=%d", payer, lane)
