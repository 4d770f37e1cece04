"""The index that a card commits to is its operator's word. An auditor makes some of its rows again, with its own model.

Which ones: those of the paid records, those whose words are nearest to the answer, and some that nobody can foresee.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np

from tallystick.domain.answers.levels import BY_AUDIT_GAME, Fault
from tallystick.domain.answers.usefulness import Place
from tallystick.domain.ids import AssetId

NEAR, DRAWN = 8, 4
# Of the centre: squared distance from the mean of drawn states over what drawing explains. 1 is to be expected; beyond
# 10, of 3 numbers that vary freely or more, comes once in a million.
LEAST_STATES, MOST_APART = 16, 10.0
Features = Callable[[int], tuple[Any, Any]]


@dataclass(slots=True)
class IndexRows:
    """`index` as the operator pinned it; `leading` are the records that lead by the auditor's own clusters, as (data set,
    record, cluster); `features` makes gradient and hidden state of the record at a place. Each row is made once. Without
    `draw` an answer's rows follow from the answer alone.
    """

    index: Any
    leading: Sequence[tuple[AssetId, int, int]]
    features: Features
    draw: Random | None = None
    _made: dict[int, tuple[Fault, ...]] = field(default_factory=dict)
    _states: list[Any] = field(default_factory=list)

    def faults(self, named: Collection[Place], answer: str) -> tuple[Fault, ...]:
        """Whatever is false of the rows that bear on an answer, and of the index as a whole."""
        held = {(m.dataset_id, m.record_index): place for place, m in enumerate(self.index.members)}
        chosen = {held[place] for place in named if place in held}
        scores = np.asarray(self.index.bm25.scores(answer))
        chosen |= {int(p) for p in np.argsort(-scores, kind="stable")[:NEAR] if scores[p] > 0}
        unseen = [p for p in range(len(self.index.members)) if p not in self._made]
        drawn = self.draw.sample(unseen, min(DRAWN, len(unseen))) if self.draw else []
        found = [fault for place in drawn for fault in self._row(place, is_drawn=True)]
        found += [fault for place in sorted(chosen - set(drawn)) for fault in self._row(place)]
        return (*self._members(), *found, *self._centre())

    @property
    def count(self) -> int:
        """Rows that were made again so far."""
        return len(self._made)

    def _row(self, place: int, is_drawn: bool = False) -> tuple[Fault, ...]:
        from tallystick.pipeline.attribution.indexing.checking import row_agreement

        if place not in self._made:
            gradient, hidden = self.features(place)
            index = self.index
            agreed = row_agreement(index.facts, index.centre, index.opened(place), gradient, hidden)
            member = index.members[place]
            said = f"record {member.record_index} of 0x{member.dataset_id.hex()}"
            found = f"{agreed.moved:.1%} of its numbers are others, by up to {agreed.largest} levels"
            fault = Fault("index row", said, found, BY_AUDIT_GAME)
            self._made[place] = () if agreed.is_honest else (fault,)
            if is_drawn and self._is_of_first(place):
                self._states.append(np.asarray(hidden.detach().float().cpu().numpy(), np.float64))
        return self._made[place]

    def _members(self) -> tuple[Fault, ...]:
        """A record that leads and has no row earns nothing; one that repeats another and has a row earns for it."""
        held = {(m.dataset_id, m.record_index, m.leader) for m in self.index.members}
        wrong = sorted(held.symmetric_difference(self.leading))
        if not wrong:
            return ()
        dataset, record, _ = wrong[0]
        found = f"{len(wrong)} differ, the first is record {record} of 0x{dataset.hex()}"
        return (Fault("index records", f"{len(held)} leading records", found, BY_AUDIT_GAME),)

    def _centre(self) -> tuple[Fault, ...]:
        """By the drawn rows alone: those of one answer are near each other."""
        if len(self._states) < LEAST_STATES:
            return ()
        states = np.stack(self._states)
        explained = states.var(axis=0, ddof=1).sum() / len(states)
        apart = ((states.mean(axis=0) - self.index.centre) ** 2).sum()
        if apart <= MOST_APART * explained:
            return ()
        found = f"{apart / explained:.0f} times as far from its records as {len(states)} draws explain"
        return (Fault("index centre", "the mean of its records", found, BY_AUDIT_GAME),)

    def _is_of_first(self, place: int) -> bool:
        """The centre is that of the records under the first manifest; what was added later did not move it."""
        tables = self.index.tables
        return int(tables.indexed_under[int(self.index.rows[place]["dataset"])]) == 0
