"""Makes the receipt of an answer. From `bill` on it exists, and its lane stands behind it."""

import secrets
import time
from collections.abc import Sequence

from tallystick.app import exchange
from tallystick.app.answering.draft import Draft
from tallystick.app.answering.kept import KeptAnswers
from tallystick.app.answering.order import Order
from tallystick.app.results import Answered, Citation
from tallystick.domain.answers.opened import OutputRecord, PassageRef
from tallystick.domain.attribution import Attribution, Passage
from tallystick.domain.ids import Pot
from tallystick.domain.usage import Share, SignedReceipt
from tallystick.pipeline.receipts.receipt import Usage, build_receipt
from tallystick.ports import Ledger, Reader


class Billing:
    """Signs with the operator's key and writes to its ledger before anybody sees the receipt."""

    def __init__(self, ledger: Ledger, signer: Reader, kept: KeptAnswers) -> None:
        self._ledger, self._signer, self._kept = ledger, signer, kept

    def bill(self, order: Order, made: Draft) -> Answered:
        """The answer of exactly these tokens, attributed, priced, signed and stored."""
        kitchen, prepared, request = order.dish.kitchen, order.prepared, order.request
        attribution = kitchen.attribute(request.messages, prepared.passages, made.token_ids, made.text)
        shown = tuple(PassageRef(p.dataset_id, p.record_index) for p in prepared.passages)
        mark = kitchen.fingerprint(prepared.prompt_ids, made.token_ids)
        output = OutputRecord(made.text, tuple(made.token_ids), shown, mark)
        salt, tokens_in = secrets.token_bytes(32), len(prepared.prompt_ids)
        usage = Usage(request.messages, output, tokens_in, salt, int(time.time()), request.agent)
        answered = Answered(
            answer_id=order.answer_id,
            model=order.dish.offer.model,
            output=output,
            finish_reason=made.finish_reason,
            tokens_in=tokens_in,
            signed=self._signed(order, usage, attribution),
            salt=salt,
            citations=citations(prepared.passages, attribution),
            attribution=attribution,
            marks=tuple(made.marks),
        )
        self._store(order, answered)
        return answered

    def _signed(self, order: Order, usage: Usage, attribution: Attribution) -> SignedReceipt:
        offer = order.dish.offer
        shares = (Share(offer.terms.operator_asset, Pot.OPERATOR, 1_000_000), *attribution.shares)
        domain = exchange.domain_of(offer)
        built = build_receipt(domain, offer.terms, order.signed.voucher, usage, shares)
        return SignedReceipt(built.receipt, built.lines, self._signer.sign_digest(built.digest))

    def _store(self, order: Order, answered: Answered) -> None:
        stored = exchange.stored_of(order.dish.offer, answered.signed)
        opening = exchange.opening_of(
            order.request.messages, answered.output, answered.salt, exchange.shown_of(answered)
        )
        self._kept.note(order.signed.voucher, order.key, order.request, stored.digest)
        self._ledger.receipts.store(stored, opening)


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
