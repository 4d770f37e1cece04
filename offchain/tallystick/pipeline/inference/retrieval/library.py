"""Finds passages for a question, by BM25 and embeddings over cluster leaders, and whom else to ask about a paid one."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tallystick.domain.answers.usefulness import Place
from tallystick.domain.attribution import Passage as Attributed
from tallystick.domain.ids import AssetId
from tallystick.domain.lexical import Bm25
from tallystick.pipeline.inference.retrieval.rivals import FIRST, is_drawn
from tallystick.pipeline.inference.retrieval.usefulness import Usefulness
from tallystick.pipeline.inference.retrieval.vectors import EmbeddedIndex, MakeIndex

FLOOR = 0.6
WINDOW = 0.1
# How near an earlier passage is to be to one that is paid, how much nearer the nearest may be, and how many are taken.
LIKE, LIKE_WINDOW, EARLIER = 0.75, 0.1, 2
# By how much cosines of two machines differ at most: what an operator named counts as nearer by that.
APART = 1e-4
Earlier = Callable[[Attributed], Sequence[Attributed]]
# By later passage, whom an operator says it asked about it.
Named = Mapping[Place, Collection[Place]]


class Encoder(Protocol):
    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Passage:
    """A document that leads its cluster. `order` is its data set's place in chain order."""

    dataset_id: AssetId
    order: int
    record_index: int
    title: str
    text: str


class Library:
    """An index over passages. Candidates of a question are those whose cosine is at least FLOOR."""

    def __init__(
        self, passages: Sequence[Passage], encoder: Encoder, make_index: MakeIndex = EmbeddedIndex
    ) -> None:
        self._passages, self._encoder = tuple(passages), encoder
        texts = [_told(p) for p in passages]
        self._bm25 = Bm25(texts)
        self._index = make_index(encoder.embed(texts)) if texts else None
        self.usefulness = Usefulness()
        # Data sets of the index that may not earn any more. It stays whole: an auditor makes it anew from its root.
        self.barred: Callable[[], Collection[AssetId]] = tuple
        self._shaded: dict[tuple[Place, frozenset[AssetId]], bool] = {}

    def search(self, question: str) -> tuple[Passage, ...]:
        """What `usefulness` lets in, best first; none when nothing is near.

        Neither passages of a barred data set, nor those about which one would be asked: it would be paid in their place.
        """
        found = sorted(self._candidates(question, 0.0), key=_by_nearness)
        barred = frozenset(self.barred())
        if barred:
            pool = self._candidates(question, 2 * APART)
            found = [one for one in found if not self._would_pay(one.passage, pool, barred)]
        near = [(place_of(one.passage), one.cosine, _by_commit(one.passage)) for one in found]
        return tuple(found[i].passage for i in self.usefulness.let_in(near, WINDOW))

    def asking(
        self,
        messages: Sequence[Mapping[str, str]],
        shown: Sequence[Attributed],
        answer_ids: Sequence[int],
        named: Named | None = None,
    ) -> Earlier:
        """Whom to ask about each passage of this answer that is to be paid, in commit order.

        Those like it; and of the question's candidates outside the prompt which are earlier, and at most WINDOW farther
        than it: the FIRST where the answer is drawn, whom this node remembers, and now and then the proven ones. An
        auditor has no such memory: it gives whom the operator `named` beside each passage, and takes all of them that
        are candidates or like it.
        """
        drawn = is_drawn([m["content"] for m in messages], answer_ids)
        there = {place_of(p) for p in shown}
        pool = cache(lambda: self._candidates(messages[-1]["content"], 2 * APART))

        def asked(passage: Attributed) -> Sequence[Attributed]:
            place = place_of(passage)
            word = None if named is None else frozenset(named.get(place, ()))
            is_new = word is None and self.usefulness.is_asked_about(place, drawn=drawn)
            known = self.usefulness.earlier_of(place) if word is None else word
            found = set(self.earlier(passage, word))
            if drawn or is_new or known:
                before = [p for p in _before(pool(), passage, word) if place_of(p) not in there]
                found.update(before[: FIRST if drawn else 0])
                proven = self.usefulness.proven(map(place_of, before)) if is_new else ()
                found.update(p for p in before if place_of(p) in known or place_of(p) in proven)
            return sorted(found, key=_by_commit)

        return asked

    def _would_pay(self, passage: Passage, pool: "Sequence[_Near]", barred: frozenset[AssetId]) -> bool:
        if passage.dataset_id in barred or any(p.dataset_id in barred for p in _before(pool, passage, None)):
            return True
        key = place_of(passage), barred
        if key not in self._shaded:
            self._shaded[key] = any(other.dataset_id in barred for other in self.earlier(passage))
        return self._shaded[key]

    def _candidates(self, question: str, slack: float) -> "list[_Near]":
        """At least FLOOR less `slack` near the question."""
        if self._index is None:
            return []
        lexical = np.array(self._bm25.scores(question), dtype=np.float64)
        weight = 0.25 / max(float(lexical.max()), 1e-9)
        near = self._index.near(self._encoder.embed([question])[0], FLOOR - slack, 1.0)
        return [_Near(c, c + weight * float(lexical[i]), i, self._passages[i]) for i, c in near]

    def earlier(self, passage: Attributed, named: Collection[Place] | None = None) -> tuple[Passage, ...]:
        """The first EARLIER, in commit order, of earlier data sets' passages about as near to it as the nearest of them.

        `named` is whom an operator says it asked: near the limits of nearness its word counts, and of those like it none
        is too many.
        """
        if self._index is None:
            return ()
        near = self._index.near(self._encoder.embed([_told(passage)])[0], LIKE - 2 * APART, 1.0)
        found, best = list[tuple[float, Passage]](), 0.0
        for place, cosine in near:
            other = self._passages[place]
            if other.order < passage.order:
                best = max(best, cosine)
                found.append((cosine + _believed(place_of(other), named), other))
        least = max(LIKE, best - LIKE_WINDOW)
        alike = sorted((other for cosine, other in found if cosine >= least), key=_by_commit)
        return tuple(p for i, p in enumerate(alike) if i < EARLIER or place_of(p) in (named or ()))


@dataclass(frozen=True, slots=True)
class _Near:
    """A candidate of a question: its cosine, what it is ranked by, and its row."""

    cosine: float
    blended: float
    row: int
    passage: Passage


def _by_nearness(one: _Near) -> tuple[float, int, int]:
    return -round(one.blended, 6), one.passage.order, one.row


def _before(pool: Sequence[_Near], passage: Attributed, word: Collection[Place] | None) -> list[Passage]:
    """Candidates of earlier data sets at most WINDOW farther, in commit order; near the limits an operator's word counts.

    Measured from the passage itself: the nearest of all may be anybody's, and would hide the original of a proven copy.
    """
    place = place_of(passage)
    own = next((one.cosine for one in pool if place_of(one.passage) == place), 0.0)
    least = max(FLOOR, own - WINDOW)
    before = (one for one in pool if one.passage.order < passage.order)
    found = [one.passage for one in before if one.cosine + _believed(place_of(one.passage), word) >= least]
    return sorted(found, key=_by_commit)


def place_of(passage: Attributed) -> Place:
    return passage.dataset_id, passage.record_index


def _told(passage: Attributed) -> str:
    return f"{passage.title}. {passage.text}"


def _by_commit(passage: Attributed) -> tuple[int, int]:
    return passage.order, passage.record_index


def _believed(place: Place, named: Collection[Place] | None) -> float:
    if named is None:
        return 0.0
    return APART if place in named else -APART
