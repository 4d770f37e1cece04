"""nora sells for payments on the real contracts, with a model that says what it is told; bob pays answer by answer."""

import secrets
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from support.chain_seller import settlement_of
from support.chain_stage import BOB, NORA, Stage
from support.memory_store import MemoryStore
from support.shop import Counting, Parrot, fingerprint
from tallystick.app.answering.desk import AnswerDesk
from tallystick.app.answering.kitchen import Dish, Kitchen
from tallystick.app.payments.desk import PaymentDesk
from tallystick.app.payments.payment import Payment
from tallystick.app.results import ChatRequest, Offer
from tallystick.app.settlement.settle import Settlement
from tallystick.domain.attribution import Attribution, Gains
from tallystick.domain.digests import payment_lane, terms_id, transfer_digest
from tallystick.domain.usage import Terms, Transfer
from tallystick.gateways.keys.keystore import Key
from tallystick.gateways.ledger.books import SqliteLedger


@dataclass
class PaidShop:
    stage: Stage
    terms: Terms
    folder: Path
    parrot: Parrot = field(default_factory=Parrot)
    store: MemoryStore = field(default_factory=MemoryStore)

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        """Also after a crash: only the books are the same."""
        self.ledger = SqliteLedger(self.folder / "nora.sqlite3")
        offer = Offer("estuary", self.terms, terms_id(self.terms), 31337, self.stage.nora.escrow.address, 16)
        self.nora = self.stage.nora.acting_as(NORA, self.ledger.outbox)
        attribution = Attribution((), (), Gains(0.0, 0.0, 0.0))
        kitchen = Kitchen(
            self.parrot, lambda text: (), lambda *made: attribution, fingerprint, encoder=Counting()
        )
        dishes = [Dish(offer, kitchen)]
        self.answers = AnswerDesk(dishes=dishes, credit=self.nora.escrow, ledger=self.ledger, signer=NORA)
        self.desk = PaymentDesk(self.answers, self.nora, self.ledger)

    def close(self) -> None:
        self.desk.close()
        self.ledger.close()

    def reopen(self) -> None:
        self.close()
        self.open()

    @property
    def settlement(self) -> Settlement:
        return replace(settlement_of(self.stage, self.ledger, self.store), chain=self.nora)

    def payment(self, value: int, signer: Key = BOB, nonce: bytes = b"", **change: Any) -> Payment:
        """Bob's, valid for ten minutes; `change` is of the transfer."""
        now = self.nora.now()
        transfer = Transfer(
            payer=BOB.address,
            to=self.desk.terms().pay_to,
            value=value,
            valid_after=0,
            valid_before=now + 600,
            nonce=nonce or secrets.token_bytes(32),
        )
        transfer = replace(transfer, **change)
        token = self.nora.payments.token()
        signature = signer.sign_digest(transfer_digest(token.separator, transfer))
        return Payment(self.desk.terms().network, token.address, transfer, signature)

    def status(self, payment: Payment) -> str:
        lane = payment_lane(payment.transfer.nonce)
        return self.nora.payments.word_of(payment.transfer.payer, NORA.address, lane).status

    def redeemed(self, payment: Payment) -> None:
        """Wait for what the desk does in the background."""
        for _ in range(400):
            stored = self.ledger.payments.find(
                BOB.address, NORA.address, payment_lane(payment.transfer.nonce)
            )
            if stored is not None and stored.state == "redeemed":
                return
            time.sleep(0.025)
        raise AssertionError("it was never redeemed")

    def money(self) -> int:
        return self.nora.token.balance_of(BOB.address)


def question(text: str = "When was the hour bell cast?") -> ChatRequest:
    return ChatRequest("estuary", ({"role": "user", "content": text},), 16)
