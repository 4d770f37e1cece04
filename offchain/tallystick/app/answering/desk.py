"""The operator's desk: admits vouchers, makes answers of its models side by side, bills each before its last byte."""

import base64
import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext

from tallystick.app.answering.admission import Admission, Credit
from tallystick.app.answering.billing import Billing
from tallystick.app.answering.draft import Draft
from tallystick.app.answering.kept import KeptAnswers
from tallystick.app.answering.kitchen import Dish, Token
from tallystick.app.answering.lanes import Lanes
from tallystick.app.answering.measuring import AnswerMeter
from tallystick.app.answering.menu import Menu, ModelState
from tallystick.app.answering.order import EmbeddingOrder, Order, new_answer_id
from tallystick.app.answering.planter import Planter
from tallystick.app.datasets.keys import card_of
from tallystick.app.metering.intake import Intake
from tallystick.app.metering.signers import KnownSigners
from tallystick.app.monitoring.features import Served
from tallystick.app.monitoring.feedback import TakenFeedback, take_feedback
from tallystick.app.monitoring.word import SignedFeedback, signer_of
from tallystick.app.results import (
    Answered,
    AnswerEvent,
    Asked,
    ChatRequest,
    EmbeddingRequest,
    Offer,
    Piece,
    Quote,
)
from tallystick.domain.digests import receipt_digest
from tallystick.domain.ids import Address, AssetId
from tallystick.domain.usage import SignedVoucher, Voucher
from tallystick.errors import DeadlinePassed, NodeError, NotAuthorised, NotFound, Unavailable
from tallystick.ports import Ledger, Reader
from tallystick.ports.auditing.canaries import Consent
from tallystick.ports.observing.metrics import UNMEASURED, Metrics

_LOG = logging.getLogger(__name__)
DEADLINE_S = 300.0
Admitted = Callable[[int], AbstractContextManager[None]]


class NotKept(NotFound):
    code = "no_kept_answer"


class AnswerDesk:
    """Serves many answers at once, one per lane; an answer is acknowledged by nobody before it is on disk.

    Args:
        dishes: the models, all of one operator on one escrow; the first one answers requests that name none. A menu
            may be filled while the desk is open.
        check_agent: refuses agents that may not be paid.
        deadline_s: after it an answer ends where it stands, as if its tokens had run out.
        planter: makes an answer's receipt false now and then; None for never.
    """

    def __init__(
        self,
        *,
        dishes: Sequence[Dish] | Menu,
        credit: Credit,
        ledger: Ledger,
        signer: Reader,
        deadline_s: float = DEADLINE_S,
        check_agent: Callable[[AssetId], None] = lambda agent: None,
        metrics: Metrics = UNMEASURED,
        planter: Planter | None = None,
    ) -> None:
        self._menu = dishes if isinstance(dishes, Menu) else Menu.of(dishes)
        self._meter = AnswerMeter(metrics)
        credit = KnownSigners(credit)
        self._ledger, self._signer, self._credit = ledger, signer, credit
        self._domain, self._deadline_s = self._menu.domain, deadline_s
        self._check_agent = check_agent
        self._lanes = Lanes()
        self._admission = Admission(
            operator=self._menu.operator,
            domain=self._domain,
            credit=credit,
            ledger=ledger,
            lanes=self._lanes,
        )
        self._intake = Intake(self._admission.check_acknowledges, ledger.vouchers)
        self._kept = KeptAnswers(ledger)
        self._planter = planter
        self._billing = Billing(ledger, signer, self._kept, planter)

    def offers(self) -> tuple[Offer, ...]:
        return self._menu.offers()

    def models(self) -> tuple[ModelState, ...]:
        """Those that answer, and those that do not yet or cannot."""
        return self._menu.states()

    @property
    def operator(self) -> Address:
        return self._menu.operator

    def offer(self, model: str = "") -> Offer:
        return self._dish(model).offer

    def tier(self, model: str = "") -> str:
        """The risk tier that a model stands in now."""
        return self._dish(model).tier()

    def reader_card(self) -> bytes:
        """To what owners wrap the keys of their private data sets."""
        return card_of(self._domain, self._signer)

    def feedback(self, signed: SignedFeedback) -> TakenFeedback:
        """A consumer's word on an answer of ours, into the books."""
        consumer = self._ledger.receipts.get(signed.feedback.receipt).receipt.consumer
        signer = signer_of(self._domain, signed)
        if not self._credit.can_sign(consumer, signer):
            raise NotAuthorised(f"{signer} may not speak for {consumer}.", "Sign with the consumer's key.")
        return take_feedback(self._ledger, signed.feedback)

    def consent(self, given: Consent) -> bool:
        """A payer's consent that an answer of ours may be planted; whether consents are wanted here at all."""
        receipt = self._ledger.receipts.get(given.receipt).receipt
        if self._planter is not None:
            self._planter.take(receipt, given)
        return self._planter is not None

    def quote(self, request: Asked) -> Quote:
        """The most that this request can cost; retrieval included."""
        dish = self._dish(request.model)
        self._check_agent(request.agent)
        if isinstance(request, EmbeddingRequest):
            tokens_in = dish.encoder.count(request.inputs)
        else:
            tokens_in = len(dish.prepare(request).prompt_ids)
        return Quote(tokens_in, dish.most(tokens_in, request.max_tokens))

    def acknowledge(self, signed: SignedVoucher) -> None:
        """Keep a voucher that covers the lane's last receipt."""
        (refusal,) = self.acknowledge_many((signed,))
        if refusal is not None:
            raise refusal

    def acknowledge_many(self, signed: Sequence[SignedVoucher]) -> tuple[NodeError | None, ...]:
        """Each as `acknowledge` does, all in one commit: why it was refused, or None."""
        refusals = self._intake.take(signed)
        self._meter.vouchers(refusals)
        return refusals

    def answer(self, request: ChatRequest, signed: SignedVoucher, key: str = "") -> Iterator[AnswerEvent]:
        """Pieces of text, then the finished answer. Every refusal comes before the first piece.

        Closing it bills what was shown so far. The same `key` on the same lane gives the stored answer again, unbilled.
        """
        self._dish(request.model)
        self._admission.check_signature(signed)
        yield from self.answer_at(signed.voucher, request, key, self._voucher_admits(signed))

    def answer_at(
        self, at: Voucher, request: ChatRequest, key: str, admitted: Admitted
    ) -> Iterator[AnswerEvent]:
        """As `answer`, at a place of a lane that whoever calls stands for.

        `admitted` is given the most that the answer may cost, refuses it or pays for it, and encloses its making; at
        its end the receipt is in the books, or there is none.
        """
        dish = self._dish(request.model)
        with self._lanes.held(at):
            kept = self._kept.find(at, key, request)
            if kept is not None:
                yield from _again(kept)
                return
            self._check_agent(request.agent)
            prepared = dish.prepare(request)
            with admitted(dish.most(len(prepared.prompt_ids), request.max_tokens)):
                order = Order(dish, request, at, prepared, new_answer_id(), key)
                yield from self._meter.timed(self._serve(order))

    def embed(self, request: EmbeddingRequest, signed: SignedVoucher, key: str = "") -> Answered:
        """Vectors of texts, paid and kept like an answer."""
        self._dish(request.model)
        self._admission.check_signature(signed)
        return self.embed_at(signed.voucher, request, key, self._voucher_admits(signed))

    def embed_at(self, at: Voucher, request: EmbeddingRequest, key: str, admitted: Admitted) -> Answered:
        """As `embed`, at a place of a lane that whoever calls stands for; `admitted` as in `answer_at`."""
        dish = self._dish(request.model)
        with self._lanes.held(at):
            kept = self._kept.find(at, key, request)
            if kept is not None:
                return kept
            self._check_agent(request.agent)
            tokens_in = dish.encoder.count(request.inputs)
            with admitted(dish.most(tokens_in, 0)):
                rows = [
                    base64.b64encode(row.astype("<f4").tobytes()).decode()
                    for row in dish.encoder.embed(request.inputs)
                ]
                order = EmbeddingOrder(dish, request, at, tokens_in, new_answer_id(), key)
                answered = self._billing.bill_embedding(order, rows)
                self._meter.billed(answered)
            return answered

    def _voucher_admits(self, signed: SignedVoucher) -> Admitted:
        def admitted(max_fee: int) -> AbstractContextManager[None]:
            self._admission.admit(signed, max_fee)
            return nullcontext()

        return admitted

    def kept(self, request: Asked, signed: SignedVoucher, key: str) -> Answered:
        """The answer that was billed under this key, for a consumer who lost it; `NotFound` when none was."""
        self._admission.check_signature(signed)
        with self._lanes.held(signed.voucher):
            found = self._kept.find(signed.voucher, key, request)
        if found is None:
            raise NotKept("No answer is kept under this key.", "Nothing was billed for it; ask again.")
        return found

    def _serve(self, order: Order) -> Generator[AnswerEvent, None, None]:
        made = Draft(order)
        try:
            with self._tokens(order) as tokens:
                for token in tokens:
                    piece = made.take(token)
                    if piece is not None:
                        yield piece
        except GeneratorExit:  # the consumer left: what it was shown is billed, nothing else
            self._finish(order, made.cut())
            raise
        except DeadlinePassed:
            if not made.shown:
                raise
            made = made.cut()
        if not made.token_ids:
            raise Unavailable("The model made no token.", "Nothing was billed; ask again.")
        yield self._finish(order, made)

    def _tokens(self, order: Order) -> AbstractContextManager[Iterator[Token]]:
        return order.dish.generate(order.request, order.prepared, order.at, self._deadline_s)

    def _finish(self, order: Order, made: Draft) -> Answered:
        answered = self._billing.bill(order, made)
        self._meter.billed(answered)
        _LOG.info(
            "answer_billed id=%s fee=%d",
            answered.answer_id,
            answered.signed.receipt.cumulative - answered.signed.receipt.previous,
        )
        try:
            order.dish.note(self._served(order, answered))
        except Exception:  # the answer is billed: nothing that watches it may take it from its consumer
            _LOG.exception("answer_not_noted id=%s", answered.answer_id)
        return answered

    def _served(self, order: Order, answered: Answered) -> Served:
        receipt = answered.signed.receipt
        return Served(
            receipt=receipt_digest(self._domain, receipt),
            consumer=receipt.consumer,
            messages=order.request.messages,
            passages=tuple((p.dataset_id, p.record_index, p.text) for p in order.prepared.passages),
            answer=answered.text,
            is_cut=answered.finish_reason == "length",
            served_at=receipt.served_at,
        )

    def _dish(self, model: str) -> Dish:
        return self._menu.dish(model)


def _again(kept: Answered) -> Iterator[AnswerEvent]:
    if kept.text:
        yield Piece(kept.answer_id, kept.model, kept.text)
    yield kept
