"""The money of payments: settled once, then redeemed for the one receipt of its lane, or given back."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from tallystick.app import exchange
from tallystick.app.payments.payment import AlreadyUsed, NotSettled, Payment
from tallystick.domain.digests import payment_lane
from tallystick.domain.ids import Address, Hash
from tallystick.errors import Conflict, NodeError
from tallystick.ports import Chain, Ledger, PaymentChain, StoredPayment, StoredReceipt, Transaction

_LOG = logging.getLogger(__name__)
# Longer than any answer takes: a payment without a receipt is then one of an answer that a crash took.
STALE_S = 3_600
Relay = Callable[[], Chain]


@dataclass(frozen=True, slots=True)
class Till:
    """Of one operator: `chain` signs with its key, `relay` sends what anybody may. Every step is in the books first."""

    chain: Chain
    ledger: Ledger
    operator: Address
    relay: Relay | None = None

    @property
    def _sent(self) -> PaymentChain:
        return (self.relay() if self.relay else self.chain).payments

    def settle(self, payment: Payment) -> StoredPayment:
        """Have the transfer executed and credited, by us or by whoever was first; again is fine.

        `AlreadyUsed` when it is spent or given back, `NotSettled` when the chain refuses it.
        """
        transfer, now = payment.transfer, self.chain.now()
        lane = payment_lane(transfer.nonce)
        stored = self.ledger.payments.note(StoredPayment(self.operator, lane, transfer, now))
        if stored.state == "settled":
            return stored
        if stored.state != "received":
            raise AlreadyUsed("This payment is spent or was given back.", "Sign one with a fresh nonce.")
        tx_hash = self._credited(stored, payment)
        return self.ledger.payments.mark(stored, "settled", tx_hash)

    def _credited(self, stored: StoredPayment, payment: Payment) -> Hash | None:
        payments, done, refusal = self.chain.payments, None, None
        if self._status(stored) == "none":
            try:
                done = self._sent.settle(self.operator, stored.transfer, payment.signature)
            except NodeError as error:  # somebody else may have been first: what the escrow says decides
                refusal = error
        word = payments.word_of(stored.payer, self.operator, stored.lane)
        if word.status == "none":
            why = f" {refusal.message}" if refusal else ""
            raise NotSettled(
                f"The payment could not be settled.{why}", "Nothing was taken; try again."
            ) from refusal
        if word.status == "closed":  # deposits are stopped: the escrow has sent it straight back
            self.ledger.payments.mark(stored, "returned")
            raise AlreadyUsed("The payment went back to its payer.", "Nothing was billed; try again later.")
        if (
            word.status != "open"
            or word.value != stored.transfer.value
            or not payments.is_executed(stored.transfer)
        ):
            raise AlreadyUsed("The payment's lane is taken by another one.", "Sign one with a fresh nonce.")
        return done.tx_hash if done else payments.credited_by(stored.payer, self.operator, stored.lane)

    def close(self, payer: Address, lane: int) -> None:
        """After an answer: without a receipt what was settled goes back. What fails here is done by `clear`, later."""
        stored = self.ledger.payments.find(payer, self.operator, lane)
        if stored is None or stored.state != "settled" or self.receipt_of(stored) is not None:
            return
        try:
            self.give_back(stored)
        except NodeError:
            _LOG.exception("payment_not_returned payer=%s lane=%d", payer, lane)

    def give_back(self, stored: StoredPayment) -> Transaction | None:
        """To its payer, whole; None where there was nothing to return. Conflict when an answer is billed against it."""
        stored = self.ledger.payments.mark(stored, "returning")
        payments, done = self.chain.payments, None
        if self._status(stored) == "none" and payments.is_executed(stored.transfer):
            self._sent.credit(self.operator, stored.transfer)
        if self._status(stored) == "open":
            done = self._unless_closed(stored)
        elif self._status(stored) == "none" and self.chain.now() < stored.transfer.valid_before:
            return None  # anybody may still have it executed: look again once it is over
        self.ledger.payments.mark(stored, "returned")
        return done

    def _unless_closed(self, stored: StoredPayment) -> Transaction | None:
        try:
            return self.chain.payments.give_back(stored.payer, self.operator, stored.lane)
        except NodeError:
            if self._status(stored) == "open":
                raise
            return None

    def redeem(self, stored: StoredPayment, receipt: StoredReceipt) -> Transaction | None:
        """The fee is unsettled money afterwards, the rest the payer's; None where somebody else has brought the receipt.

        Conflict where the payment thawed and was taken back.
        """
        done = None
        if self._status(stored) == "open":
            signature = exchange.decode(receipt.encoded).signature
            try:
                done = self._sent.redeem(receipt.receipt, signature)
            except NodeError:
                if self._status(stored) == "open":
                    raise
        if not self.chain.escrow.is_paid(stored.payer, self.operator, stored.lane, receipt.digest):
            self.ledger.payments.mark(stored, "returned")
            raise Conflict("The payment was taken back before its receipt was redeemed.", "Redeem sooner.")
        self.ledger.payments.redeem(receipt.receipt)
        return done

    def owed(self) -> tuple[tuple[StoredPayment, StoredReceipt], ...]:
        """Payments with a receipt that is not redeemed."""
        paired = ((p, self.receipt_of(p)) for p in self.ledger.payments.unfinished(self.operator))
        return tuple((p, r) for p, r in paired if r is not None)

    def redeem_owed(self) -> tuple[int, Transaction | None]:
        """All that are owed: their fees together, and the last transaction."""
        amount, last = 0, None
        for stored, receipt in self.owed():
            try:
                last = self.redeem(stored, receipt) or last
            except Conflict:
                _LOG.warning("payment_lost payer=%s lane=%d", stored.payer, stored.lane)
                continue
            amount += receipt.receipt.cumulative
        return amount, last

    def clear(self) -> tuple[Transaction, ...]:
        """Give back what crashes left: payments whose answers can no longer come."""
        now, done = self.chain.now(), []
        for stored in self.ledger.payments.unfinished(self.operator):
            is_due = stored.state == "returning" or now - stored.received_at > STALE_S
            if not is_due or self.receipt_of(stored) is not None:
                continue
            returned = self.give_back(stored)
            if returned is not None:
                done.append(returned)
        return tuple(done)

    def receipt_of(self, stored: StoredPayment) -> StoredReceipt | None:
        return self.ledger.receipts.last(stored.payer, self.operator, stored.lane)

    def _status(self, stored: StoredPayment) -> str:
        return self.chain.payments.word_of(stored.payer, self.operator, stored.lane).status
