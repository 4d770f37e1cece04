"""The risk tier of each model of this node, from its workbook and its alarms, and what that leaves for a batch."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from tallystick.app.monitoring.retraining.workshop_side import release_of
from tallystick.app.workbook import Workbook
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.domain.usage import Receipt, SignedReceipt
from tallystick.errors import AnswerCapped, CapReached, NotFound
from tallystick.pipeline.models.weight_format import weight_format
from tallystick.pipeline.settlement.risk import (
    Agreement,
    Risk,
    RiskRule,
    Tier,
    fee_of,
    risk_of,
    unknown_risk,
    within,
)
from tallystick.ports import Chain, Ledger

UNKNOWN = ""
COUNT_EVERY_S = 10.0


@dataclass(frozen=True, slots=True)
class ModelTier:
    """Caps are None for none; `batch_cap` is of all that the model has in batches that are not final."""

    name: str
    form: str
    tier: Tier
    why: str
    batch_cap: int | None
    answer_cap: int | None
    lifted_by: str


@dataclass(frozen=True, slots=True)
class Risks:
    """Reads anew at each question: an alarm or a report counts from the moment it is stored."""

    book: Workbook
    ledger: Ledger
    rule: RiskRule

    def tier(self, name: str) -> ModelTier:
        risk, form = self.of(name), self._form(name)
        return ModelTier(
            name, form or "full", risk.tier, risk.why, risk.batch_cap, risk.answer_cap, risk.lifted_by
        )

    def notice(self, name: str) -> str:
        """For whoever begins to serve it; "" where nothing is capped."""
        risk = self.of(name)
        if risk.batch_cap is None:
            return ""
        return (
            f"{risk.tier.value}: {risk.why}. It may have {risk.batch_cap} base units in batches that are not final,"
            f" {risk.answer_cap} an answer. What lifts this: {risk.lifted_by}."
        )

    def of(self, name: str) -> Risk:
        release = release_of(self.book, name)
        alarms = [a.number for a in self.ledger.alarms.list(open_only=True) if a.release == release]
        form = self._form(name)
        return risk_of(form, self._agreement(name, form), alarms, self.rule)

    def _form(self, name: str) -> str | None:
        return weight_format(self.book.model(name)["run"]["quantisation"]).quantisation

    def _agreement(self, name: str, form: str | None) -> Agreement | None:
        """None for a report of another adapter, which had this name before."""
        facts = self.book.model(name)
        kept = facts.get("agreement", {})
        if form is None or kept.get("digest") != facts["digest"] or form not in kept["forms"]:
            return None
        told = kept["forms"][form]
        return Agreement(form, told["context"], told["examples"], told["low"], told["mean"], told["high"])


@dataclass(slots=True)
class Caps:
    """Of one operator. What waits is counted anew after COUNT_EVERY_S, as reading it is slow; `now` in seconds."""

    risks: Risks
    chain: Chain
    ledger: Ledger
    operator: Address
    now: Callable[[], float] = time.monotonic
    _models: dict[Hash, AssetId] = field(default_factory=dict)
    _settling: dict[Hash, Counter[Hash]] = field(default_factory=dict)
    _counted: tuple[float, Counter[str]] | None = None

    def within(self, receipts: Iterable[SignedReceipt]) -> Iterator[SignedReceipt]:
        """Those whose models have room: a cap is of all that a model has in batches that may still be convicted."""
        return within(receipts, lambda r: self._name(r.receipt.terms_id), self._room)

    def _room(self, name: str) -> int | None:
        cap = self._risk(name).batch_cap
        return None if cap is None else cap - self._open()[name]

    def check_answer(self, name: str, max_fee: int) -> None:
        """`AnswerCapped` for one that alone may cost too much, `CapReached` when too much waits for a batch already."""
        risk = self.risks.of(name)
        if risk.answer_cap is None or risk.batch_cap is None:
            return
        if max_fee > risk.answer_cap:
            raise AnswerCapped(
                f"This answer may cost {max_fee} base units; {name} is {risk.tier.value} and sells at most"
                f" {risk.answer_cap} at once.",
                "Ask for fewer tokens, or another operator.",
            )
        if self._waiting()[name] + max_fee > risk.batch_cap:
            raise CapReached(
                f"{name} is {risk.tier.value}: what it has sold and not settled is near its cap of {risk.batch_cap}.",
                "Nothing was billed. Ask again after its next batch, or ask another operator.",
            )

    def _risk(self, name: str) -> Risk:
        return unknown_risk(self.risks.rule) if name == UNKNOWN else self.risks.of(name)

    def _name(self, terms: Hash) -> str:
        """Also of terms that the model had at an earlier price."""
        if terms not in self._models:
            self._models[terms] = self.chain.models.terms(terms).model_id
        try:
            return self.risks.book.model_named(self._models[terms])
        except NotFound:
            return UNKNOWN

    def _named(self, by_terms: Counter[Hash]) -> Counter[str]:
        found: Counter[str] = Counter()
        for terms, amount in by_terms.items():
            found[self._name(terms)] += amount
        return found

    def _open(self) -> Counter[str]:
        """What each model has in batches that are drafted or in their windows."""
        found: Counter[Hash] = Counter()
        for batch in (*self.ledger.batches.list("drafted"), *self.ledger.batches.list("posted")):
            is_over = batch.batch_id is not None and self.chain.batches.batch(batch.batch_id).status != "open"
            if batch.operator != self.operator or is_over:
                continue
            if batch.header_hash not in self._settling:
                stored = self.ledger.receipts.of_batch(batch.header_hash)
                self._settling[batch.header_hash] = _sums(s.receipt for s in stored)
            found += self._settling[batch.header_hash]
        return self._named(found)

    def _waiting(self) -> Counter[str]:
        if self._counted is None or self.now() - self._counted[0] >= COUNT_EVERY_S:
            stored = self.ledger.receipts.unbatched(self.operator)
            self._counted = self.now(), self._named(_sums(s.receipt for s in stored))
        return self._counted[1]


def _sums(receipts: Iterable[Receipt]) -> Counter[Hash]:
    found: Counter[Hash] = Counter()
    for receipt in receipts:
        found[receipt.terms_id] += fee_of(receipt)
    return found
