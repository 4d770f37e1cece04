"""The operator's side: admits a voucher, answers, attributes, prices, signs, stores, hands the receipt over."""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from tallystick.app import exchange
from tallystick.app.datasets.keys import card_of
from tallystick.app.monitoring.features import Served
from tallystick.app.monitoring.feedback import TakenFeedback, take_feedback
from tallystick.app.monitoring.word import SignedFeedback, signer_of
from tallystick.app.results import Answered, AnswerEvent, ChatRequest, Citation, Offer, Piece, Quote
from tallystick.domain.answers.opened import OutputRecord, PassageRef
from tallystick.domain.attribution import Attribution, Passage, passage_text
from tallystick.domain.digests import receipt_digest, voucher_signer
from tallystick.domain.ids import ZERO_HASH, Address, Pot
from tallystick.domain.money import fee_of
from tallystick.domain.usage import Share, SignedReceipt, SignedVoucher
from tallystick.errors import Conflict, InsufficientFunds, NotAuthorised, NotFound
from tallystick.pipeline.receipts.receipt import Usage, build_receipt
from tallystick.pipeline.receipts.voucher import check_acknowledges
from tallystick.ports import Ledger, Reader, StoredReceipt

_LOG = logging.getLogger(__name__)


class Token(Protocol):
    @property
    def token_id(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def logprob(self) -> float: ...
    @property
    def top(self) -> tuple[tuple[int, float], ...]: ...


class Model(Protocol):
    """The inference engine. Many threads may generate at once; every refusal comes before the first token.

    `logprobs` asks for so many alternatives with each token, `tenant` is in whose queue the request stands,
    `deadline_s` how long the answer may take. Closing the iterator cancels.
    """

    def encode_prompt(self, messages: Sequence[dict[str, str]], context: Sequence[str]) -> list[int]: ...
    def generate(
        self,
        prompt_ids: Sequence[int],
        max_new_tokens: int,
        *,
        temperature: float = ...,
        top_p: float = ...,
        seed: int = ...,
        stop: Sequence[str] = ...,
        logprobs: int = ...,
        tenant: str = ...,
        deadline_s: float | None = ...,
    ) -> Iterator[Token]: ...


class Credit(Protocol):
    """What the escrow says of a consumer."""

    def can_sign(self, consumer: Address, signer: Address) -> bool: ...
    def redeemable(self, consumer: Address, operator: Address) -> int: ...
    def redeemed(self, consumer: Address, operator: Address, lane: int) -> int: ...


Retrieve = Callable[[str], Sequence[Passage]]
# Prompt ids and the ids of the answer to a commitment to the model's final hidden states.
Fingerprint = Callable[[Sequence[int], Sequence[int]], bytes]
Attribute = Callable[[Sequence[dict[str, str]], Sequence[Passage], Sequence[int], str], Attribution]


@dataclass(frozen=True, slots=True)
class Kitchen:
    """What makes an answer. Without a fingerprint nothing binds an answer to the model."""

    model: Model
    retrieve: Retrieve
    attribute: Attribute
    fingerprint: Fingerprint = lambda prompt_ids, token_ids: b""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request with its passages, in the order of their commits, and its prompt."""

    passages: tuple[Passage, ...]
    prompt_ids: list[int]


class AnswerDesk:
    """Serves one answer at a time; an answer is acknowledged by nobody before it is on disk."""

    def __init__(
        self,
        *,
        offer: Offer,
        kitchen: Kitchen,
        credit: Credit,
        ledger: Ledger,
        signer: Reader,
        check_consent: Callable[[], None] = lambda: None,
        note: Callable[[Served], None] = lambda served: None,
    ) -> None:
        self._offer, self._kitchen, self._credit = offer, kitchen, credit
        self._ledger, self._signer, self._check_consent = ledger, signer, check_consent
        self._note = note
        self._busy = threading.Lock()

    def offer(self) -> Offer:
        return self._offer

    def reader_card(self) -> bytes:
        """To what owners wrap the keys of their private data sets."""
        return card_of(exchange.domain_of(self._offer), self._signer)

    def feedback(self, signed: SignedFeedback) -> TakenFeedback:
        """A consumer's word on an answer of ours, into the books."""
        consumer = self._ledger.receipts.get(signed.feedback.receipt).receipt.consumer
        signer = signer_of(exchange.domain_of(self._offer), signed)
        if not self._credit.can_sign(consumer, signer):
            raise NotAuthorised(f"{signer} may not speak for {consumer}.", "Sign with the consumer's key.")
        return take_feedback(self._ledger, signed.feedback)

    def quote(self, request: ChatRequest) -> Quote:
        """The most that this request can cost; retrieval included."""
        tokens_in = len(self._prepare(request).prompt_ids)
        return Quote(tokens_in, fee_of(self._offer.terms, tokens_in, request.max_tokens))

    def acknowledge(self, signed: SignedVoucher) -> None:
        """Keep a voucher that covers the lane's last receipt."""
        self._check_signature(signed)
        voucher = signed.voucher
        last = self._ledger.receipts.last(voucher.consumer, voucher.operator, voucher.lane)
        check_acknowledges(voucher, last.receipt if last else None, last.head if last else ZERO_HASH)
        self._ledger.vouchers.store(signed)

    def answer(self, request: ChatRequest, signed: SignedVoucher) -> Iterator[AnswerEvent]:
        """Pieces of text, then the finished answer. Every refusal comes before the first piece."""
        if request.model not in ("", self._offer.model):
            raise NotFound(f"There is no model {request.model!r} here.", f"Ask for {self._offer.model!r}.")
        if not self._busy.acquire(timeout=120):
            raise Conflict("The node is busy with other answers.", "Try again in a minute.")
        try:
            prepared = self._prepare(request)
            self._admit(signed, fee_of(self._offer.terms, len(prepared.prompt_ids), request.max_tokens))
            yield from self._serve(request, signed, prepared)
        finally:
            self._busy.release()

    def _prepare(self, request: ChatRequest) -> Prepared:
        self._check_consent()
        found = self._kitchen.retrieve(request.messages[-1]["content"])
        passages = tuple(sorted(found, key=lambda p: (p.order, p.record_index)))
        context = [passage_text(p) for p in passages]
        return Prepared(passages, self._kitchen.model.encode_prompt(request.messages, context))

    def _serve(
        self, request: ChatRequest, signed: SignedVoucher, prepared: Prepared
    ) -> Iterator[AnswerEvent]:
        answer_id = f"chatcmpl-{int(time.time()):x}-{secrets.token_hex(6)}"
        text, token_ids = "", []
        tokens = self._kitchen.model.generate(
            prepared.prompt_ids,
            request.max_tokens,
            temperature=request.temperature,
            seed=request.seed,
            stop=request.stop,
        )
        for token in tokens:
            token_ids.append(token.token_id)
            text += token.text
            if token.text:
                yield Piece(answer_id, self._offer.model, token.text)
        attribution = self._kitchen.attribute(request.messages, prepared.passages, token_ids, text)
        usage = Usage(
            messages=request.messages,
            output=self._record(prepared, text, token_ids),
            tokens_in=len(prepared.prompt_ids),
            salt=secrets.token_bytes(32),
            served_at=int(time.time()),
        )
        answered = Answered(
            answer_id=answer_id,
            model=self._offer.model,
            output=usage.output,
            finish_reason="length" if len(token_ids) >= request.max_tokens else "stop",
            tokens_in=usage.tokens_in,
            signed=self._bill(signed, usage, attribution),
            salt=usage.salt,
            citations=_citations(prepared.passages, attribution),
            attribution=attribution,
        )
        self._noted(answered, usage, prepared)
        yield answered

    def _record(self, prepared: Prepared, text: str, token_ids: Sequence[int]) -> OutputRecord:
        shown = tuple(PassageRef(p.dataset_id, p.record_index) for p in prepared.passages)
        mark = self._kitchen.fingerprint(prepared.prompt_ids, token_ids)
        return OutputRecord(text, tuple(token_ids), shown, mark)

    def _noted(self, answered: Answered, usage: Usage, prepared: Prepared) -> None:
        receipt = answered.signed.receipt
        try:
            self._note(
                Served(
                    receipt=receipt_digest(exchange.domain_of(self._offer), receipt),
                    consumer=receipt.consumer,
                    messages=tuple(usage.messages),
                    passages=tuple((p.dataset_id, p.record_index, p.text) for p in prepared.passages),
                    answer=answered.text,
                    is_cut=answered.finish_reason == "length",
                    served_at=usage.served_at,
                )
            )
        except Exception:  # the answer is billed: nothing that watches it may take it from its consumer
            _LOG.exception("answer_not_noted id=%s", answered.answer_id)

    def _bill(self, signed: SignedVoucher, usage: Usage, attribution: Attribution) -> SignedReceipt:
        """Sign and store the receipt; from here on it exists."""
        shares = (Share(self._offer.terms.operator_asset, Pot.OPERATOR, 1_000_000), *attribution.shares)
        domain = exchange.domain_of(self._offer)
        built = build_receipt(domain, self._offer.terms, signed.voucher, usage, shares)
        receipt = SignedReceipt(built.receipt, built.lines, self._signer.sign_digest(built.digest))
        stored = StoredReceipt(
            digest=built.digest, head=built.head, receipt=built.receipt, encoded=exchange.encode(receipt)
        )
        shown = exchange.attribution_to_json(attribution)
        opening = exchange.opening_of(usage.messages, usage.output, usage.salt, shown)
        self._ledger.receipts.store(stored, opening)
        return receipt

    def _admit(self, signed: SignedVoucher, max_fee: int) -> None:
        voucher = signed.voucher
        self._check_signature(signed)
        last = self._ledger.receipts.last(voucher.consumer, voucher.operator, voucher.lane)
        check_acknowledges(voucher, last.receipt if last else None, last.head if last else ZERO_HASH)
        if voucher.limit < voucher.acknowledged + max_fee:
            raise InsufficientFunds(
                f"The voucher allows {voucher.limit - voucher.acknowledged} base units;"
                f" this answer may cost {max_fee}.",
                "Sign a voucher with a higher limit; the quote says how much.",
            )
        self._check_allotment(signed)
        self._ledger.vouchers.store(signed)

    def _check_signature(self, signed: SignedVoucher) -> None:
        voucher = signed.voucher
        if voucher.operator != self._offer.terms.operator:
            raise NotAuthorised(
                f"The voucher is for the operator {voucher.operator}.", "Sign one for this operator."
            )
        signer = voucher_signer(exchange.domain_of(self._offer), signed)
        if not self._credit.can_sign(voucher.consumer, signer):
            raise NotAuthorised(
                f"{signer} may not sign for {voucher.consumer}.", "Authorise the signer in the escrow first."
            )

    def _check_allotment(self, signed: SignedVoucher) -> None:
        voucher = signed.voucher
        redeemed = self._credit.redeemed(voucher.consumer, voucher.operator, voucher.lane)
        open_elsewhere = sum(
            v.voucher.limit - self._credit.redeemed(v.voucher.consumer, v.voucher.operator, v.voucher.lane)
            for v in self._ledger.vouchers.lanes(consumer=voucher.consumer)
            if v.voucher.operator == voucher.operator and v.voucher.lane != voucher.lane
        )
        allotted = self._credit.redeemable(voucher.consumer, voucher.operator)
        if voucher.limit - redeemed + max(open_elsewhere, 0) > allotted:
            raise InsufficientFunds(
                f"{voucher.consumer} has allotted {allotted} base units here, less than the vouchers promise.",
                "Deposit and allot more: `tallystick pay deposit`, `tallystick pay allot`.",
            )


def _citations(passages: Sequence[Passage], attribution: Attribution) -> tuple[Citation, ...]:
    """Every passage that was given; a data set's share stands at the passage that carried it."""
    ppm = {s.asset_id: s.ppm for s in attribution.shares if s.pot is Pot.RETRIEVAL}
    carried = {
        e.asset_id: e.record_index for e in attribution.evidence if e.channel == "context" and e.value > 0
    }
    return tuple(
        Citation(
            dataset_id=p.dataset_id,
            record_index=p.record_index,
            title=p.title,
            text=p.text,
            ppm=ppm.get(p.dataset_id, 0) if carried.get(p.dataset_id) == p.record_index else 0,
        )
        for p in passages
    )
