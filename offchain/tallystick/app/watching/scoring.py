"""Answers of a batch that is clean at L0, scored deeper where their openings were given. Convicts nobody."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from tallystick.app.auditing.answers import Case, Deeper, audit_answer
from tallystick.app.auditing.batches import fetch_batch, find_submitted
from tallystick.app.auditing.membership import member_at
from tallystick.domain.answers.levels import AnswerAudit, Level
from tallystick.domain.answers.opening import OpenedAnswer
from tallystick.domain.usage import Receipt
from tallystick.errors import NodeError
from tallystick.ports import Chain, ContentStore

_LOG: Final = logging.getLogger(__name__)
# Of one batch: from L2 on each answer costs runs of the model.
_MOST_SOURCES, _MOST_MODEL = 100, 3


@dataclass(frozen=True, slots=True)
class Scored:
    """`false` of `answers` that were opened; `word` says so, and what a level could not reach."""

    answers: int = 0
    false: int = 0
    word: str = ""


Given = Callable[[], Iterator[OpenedAnswer]]


class Scorer:
    """`given` are all openings that are here; `deeper` scores from L2 on."""

    def __init__(
        self, chain: Chain, content: ContentStore, given: Given, level: Level, deeper: Deeper | None
    ) -> None:
        self._chain, self._content, self._given = chain, content, given
        self._level, self._deeper = level, deeper

    def __call__(self, batch_id: int) -> Scored:
        """Nothing where no opening is of it. What keeps answers from being scored is a word, never an error."""
        if self._level is Level.L0:
            return Scored()
        try:
            return self._scored(batch_id)
        except NodeError as error:
            _LOG.warning("batch %d: openings are not scored: %s", batch_id, error)
            return Scored(word=f"openings are not scored: {error.message}")

    def _scored(self, batch_id: int) -> Scored:
        operator = self._chain.batches.batch(batch_id).header.operator
        opened = {o.signed.receipt: o for o in self._given() if o.signed.receipt.operator == operator}
        if not opened:
            return Scored()
        most = _MOST_SOURCES if self._level is Level.L1 else _MOST_MODEL
        done = [
            audit_answer(self._chain, self._content, case, self._level, self._deeper)
            for case in islice(self._cases(batch_id, opened), most)
        ]
        done = [answer for answer in done if _is_of_its_receipt(answer)]
        if not done:
            return Scored()
        faults = [f"{f.what}: {f.found}" for answer in done for c in answer.levels for f in c.faults]
        missed = [c.why for answer in done for c in answer.levels if not c.is_reached]
        false = sum(not answer.holds for answer in done)
        if not false and not missed:
            return Scored(len(done))
        says = "; ".join(dict.fromkeys((*faults, *missed)))[:500]
        return Scored(
            len(done), false, f"{false} of {len(done)} opened answers false at {self._level}; {says}"
        )

    def _cases(self, batch_id: int, opened: dict[Receipt, OpenedAnswer]) -> Iterator[Case]:
        batch = fetch_batch(self._chain, self._content, find_submitted(self._chain, batch_id))
        status = self._chain.batches.batch(batch_id).status
        for index, leaf in enumerate(batch.leaves):
            found = opened.get(leaf.signed.receipt)
            member = member_at(batch, index, batch_id, status) if found else None
            if member is not None:
                yield Case(member.signed, found, member)


def _is_of_its_receipt(audit: AnswerAudit) -> bool:
    """Its batch is clean at L0, so what else fails there is the opening: whoever gave it accuses nobody by it."""
    return all(fault.what == "tokensOut" for c in audit.levels if c.level is Level.L0 for fault in c.faults)
