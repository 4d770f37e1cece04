"""Makes the receipt of an answer. From `bill` on it exists, and its lane stands behind it."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import replace

from tallystick.app import exchange
from tallystick.app.answering.draft import Draft
from tallystick.app.answering.kept import KeptAnswers
from tallystick.app.answering.order import EmbeddingOrder, Order
from tallystick.app.answering.planter import Planter
from tallystick.app.answering.usefulness import lesson_of
from tallystick.app.results import Answered, Citation
from tallystick.domain.answers.opened import OutputRecord, PassageRef
from tallystick.domain.attribution import Attribution, Gains, Passage
from tallystick.domain.ids import Pot
from tallystick.domain.usage import Share, SignedReceipt
from tallystick.pipeline.receipts.receipt import Usage, build_receipt
from tallystick.ports import Ledger, Reader


class Billing:
    """Signs with the operator's key and writes to its ledger before anybody sees the receipt."""

    def __init__(
        self, ledger: Ledger, signer: Reader, kept: KeptAnswers, planter: Planter | None = None
    ) -> None:
        self._ledger, self._signer, self._kept, self._planter = ledger, signer, kept, planter

    def bill(self, order: Order, made: Draft) -> Answered:
        """The answer of exactly these tokens, attributed, priced, signed and stored."""
        kitchen, prepared, request = order.dish.kitchen, order.prepared, order.request
        attribution = kitchen.attribute(request.messages, prepared.passages, made.token_ids, made.text)
        shown = tuple(PassageRef(p.dataset_id, p.record_index) for p in prepared.passages)
        mark = kitchen.fingerprint(prepared.prompt_ids, made.token_ids)
        false = self._planter and self._planter.falsified(order, made.token_ids, attribution, mark)
        billed, mark = (false.attribution, false.mark) if false else (attribution, mark)
        output = OutputRecord(made.text, tuple(made.token_ids), shown, mark, request.sampling)
        cited = citations(prepared.nearest, billed)
        answered = self._signed(order, output, len(prepared.prompt_ids), billed, cited)
        answered = replace(answered, finish_reason=made.finish_reason, marks=tuple(made.marks))
        self._stored(order, answered, is_planted=false is not None)
        places = [(p.dataset_id, p.record_index) for p in prepared.nearest]
        lesson = lesson_of(places, attribution.evidence, len(made.token_ids))
        if lesson is not None:
            self._ledger.usefulness.note(order.dish.offer.terms.model_id, kitchen.learn(lesson))
        return answered

    def bill_embedding(self, order: EmbeddingOrder, rows: Sequence[str]) -> Answered:
        """Vectors as base64 rows: tokens in, none out. No data set earns from them, only who ran the encoder."""
        nothing = Attribution((), (), Gains(0.0, 0.0, 0.0))
        output = OutputRecord("\n".join(rows), ())
        return self._stored(order, self._signed(order, output, order.tokens_in, nothing, ()))

    def _signed(
        self,
        order: Order | EmbeddingOrder,
        output: OutputRecord,
        tokens_in: int,
        attribution: Attribution,
        cited: tuple[Citation, ...],
    ) -> Answered:
        offer, salt = order.dish.offer, secrets.token_bytes(32)
        usage = Usage(order.request.messages, output, tokens_in, salt, int(time.time()), order.request.agent)
        shares = (Share(offer.terms.operator_asset, Pot.OPERATOR, 1_000_000), *attribution.shares)
        domain = exchange.domain_of(offer)
        built = build_receipt(domain, offer.terms, order.at, usage, shares)
        return Answered(
            answer_id=order.answer_id,
            model=offer.model,
            output=output,
            finish_reason="stop",
            tokens_in=tokens_in,
            signed=SignedReceipt(built.receipt, built.lines, self._signer.sign(built.statement)),
            salt=salt,
            citations=cited,
            attribution=attribution,
        )

    def _stored(
        self, order: Order | EmbeddingOrder, answered: Answered, *, is_planted: bool = False
    ) -> Answered:
        stored = exchange.stored_of(order.dish.offer, answered.signed)
        if is_planted and self._planter:
            self._planter.plant(stored)
        opening = exchange.opening_of(
            order.request.messages, answered.output, answered.salt, exchange.shown_of(answered)
        )
        self._kept.note(order.at, order.key, order.request, stored.digest)
        self._ledger.receipts.store(stored, opening)
        return answered


def citations(passages: Sequence[Passage], attribution: Attribution) -> tuple[Citation, ...]:
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
