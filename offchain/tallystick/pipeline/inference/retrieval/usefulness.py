"""What each passage of an index has been good for, whom that lets into the next prompt, and who gave its rise before."""

import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from tallystick.domain.answers.usefulness import Asked, Lesson, Place, Standing
from tallystick.domain.ids import AssetId
from tallystick.pipeline.inference.retrieval.places import BEGIN, handed, learnt, passed_over
from tallystick.pipeline.inference.retrieval.reach import Candidate, standing, within
from tallystick.pipeline.inference.retrieval.rivals import (
    KNOWN,
    PROVEN,
    doubt_after,
    entry_for,
    is_asked_about,
)

# A candidate, its cosine with the question, and its place in commit order.
Found = tuple[Place, float, tuple[int, int]]


@dataclass(slots=True)
class _Known:
    credit: int = BEGIN
    raised: int = 0
    tried: int = 0
    earlier: list[tuple[Place, int]] = field(default_factory=list)


class Usefulness:
    """Standings, by `places` and `rivals`; one for each passage that was ever looked at. Safe to use in several threads.

    Doubts of data sets are not kept: whoever was found out is remembered by its earlier ones.
    """

    def __init__(self) -> None:
        self._known: dict[Place, _Known] = {}
        self._doubts: dict[AssetId, int] = {}
        self._lock = threading.Lock()

    def recall(self, standings: Iterable[Standing]) -> None:
        """What was kept of an earlier run."""
        with self._lock:
            for told in standings:
                self._known[told.place] = _Known(told.credit, told.raised, told.tried, list(told.earlier))

    def credit(self, place: Place) -> int:
        return self._of(place).credit

    def let_in(self, ranked: Sequence[Found], window: float) -> list[int]:
        """Which of these stand in the prompt, as indexes; the nearest to the question comes first."""
        if not ranked:
            return []
        with self._lock:
            there = [Candidate(self.credit(place), cosine, order) for place, cosine, order in ranked]
            found, nearest = standing(there, window), within(there, range(len(there)), window)[0]
            if nearest not in found:
                self._kept(ranked[nearest][0]).credit = passed_over(there[nearest].credit)
            return found

    def is_asked_about(self, place: Place, *, drawn: bool) -> bool:
        """Whether a question's proven earlier candidates are asked when this passage is about to be paid."""
        with self._lock:
            return is_asked_about(int(drawn), self._of(place).tried, self._doubts.get(place[0], 0))

    def proven(self, places: Iterable[Place]) -> list[Place]:
        """Of these the PROVEN that raised most answers, at least one each."""
        with self._lock:
            raised = {place: self._of(place).raised for place in places}
        return sorted((p for p in raised if raised[p] > 0), key=lambda p: (-raised[p], p))[:PROVEN]

    def earlier_of(self, place: Place) -> frozenset[Place]:
        """Who is remembered to have given what this passage gave."""
        with self._lock:
            return frozenset(earlier for earlier, _ in self._of(place).earlier)

    def learn(self, lesson: Lesson) -> tuple[Standing, ...]:
        """The standings that it changed."""
        outside = sorted(lesson.raised - set(lesson.shown))
        outdone = {a.later for a in lesson.asked if a.gave > 0} - lesson.raised
        with self._lock:
            credits = [self.credit(place) for place in lesson.shown]
            raised = [1 if p in lesson.raised else 2 if p in outdone else 0 for p in lesson.shown]
            took = {
                a.earlier: self.credit(a.later) for a in lesson.asked if a.gave > 0 and a.later in outdone
            }
            for place in outside:
                self._kept(place).credit = handed(self.credit(place), took.get(place, 0))
            for place, credit in zip(lesson.shown, learnt(credits, raised, bool(outside)), strict=True):
                self._kept(place).credit = credit
            for place in lesson.raised:
                self._kept(place).raised += 1
            self._remember(lesson.asked, outdone)
            changed = {*lesson.shown, *outside, *(a.later for a in lesson.asked)}
            return tuple(self._standing(place) for place in sorted(changed))

    def _remember(self, asked: Sequence[Asked], outdone: Collection[Place]) -> None:
        for later in dict.fromkeys(a.later for a in asked):
            self._kept(later).tried += 1
            self._doubts[later[0]] = doubt_after(self._doubts.get(later[0], 0), later in outdone)
        for a in asked:
            if a.gave > 0:
                self._enter(self._kept(a.later).earlier, a)

    @staticmethod
    def _enter(entries: list[tuple[Place, int]], asked: Asked) -> None:
        if any(place == asked.earlier for place, _ in entries):
            return
        free = [0] * (KNOWN - len(entries))
        entry = entry_for([gave for _, gave in entries] + free, asked.gave)
        if entry >= 0:
            entries[entry : entry + 1] = [(asked.earlier, asked.gave)]

    def _of(self, place: Place) -> _Known:
        return self._known.get(place, _Known())

    def _kept(self, place: Place) -> _Known:
        return self._known.setdefault(place, _Known())

    def _standing(self, place: Place) -> Standing:
        known = self._kept(place)
        return Standing(place, known.credit, known.raised, known.tried, tuple(known.earlier))
