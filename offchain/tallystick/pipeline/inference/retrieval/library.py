"""Finds passages for a question, by BM25 and embeddings over cluster leaders, and earlier ones like a given one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tallystick.domain.attribution import Passage as Attributed
from tallystick.domain.ids import AssetId
from tallystick.domain.lexical import Bm25
from tallystick.pipeline.inference.retrieval.usefulness import Place, Usefulness
from tallystick.pipeline.inference.retrieval.vectors import EmbeddedIndex, MakeIndex

FLOOR = 0.6
WINDOW = 0.1
# How near an earlier passage is to be to one that is paid, how much nearer the nearest may be, and how many are taken.
LIKE, LIKE_WINDOW, EARLIER = 0.75, 0.1, 2
# By how much cosines of two machines differ at most: what an operator named counts as nearer by that.
APART = 1e-4


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
    """An index over passages. A passage counts when its cosine is at least FLOOR and within WINDOW of the best."""

    def __init__(
        self, passages: Sequence[Passage], encoder: Encoder, make_index: MakeIndex = EmbeddedIndex
    ) -> None:
        self._passages, self._encoder = tuple(passages), encoder
        texts = [_told(p) for p in passages]
        self._bm25 = Bm25(texts)
        self._index = make_index(encoder.embed(texts)) if texts else None
        self.usefulness = Usefulness()

    def search(self, question: str) -> tuple[Passage, ...]:
        """What `usefulness` lets in, best first; none when nothing is near."""
        if self._index is None:
            return ()
        lexical = np.array(self._bm25.scores(question), dtype=np.float64)
        weight = 0.25 / max(float(lexical.max()), 1e-9)
        near = self._index.near(self._encoder.embed([question])[0], FLOOR, WINDOW)
        blended = {place: cosine + weight * float(lexical[place]) for place, cosine in near}
        ordered = sorted(blended, key=lambda i: (-round(blended[i], 6), self._passages[i].order, i))
        found = [self._passages[i] for i in ordered]
        return tuple(found[i] for i in self.usefulness.let_in([place_of(p) for p in found]))

    def earlier(self, passage: Attributed, named: Collection[Place] | None = None) -> tuple[Passage, ...]:
        """The first EARLIER, in commit order, of earlier data sets' passages about as near to it as the nearest of them.

        `named` is whom an operator says it found: near the limits of nearness its word counts.
        """
        if self._index is None:
            return ()
        near = self._index.near(self._encoder.embed([_told(passage)])[0], LIKE - 2 * APART, 1.0)
        found = list[tuple[float, Passage]]()
        for place, cosine in near:
            other = self._passages[place]
            if other.order < passage.order:
                found.append((cosine + _believed(place_of(other), named), other))
        least = max(LIKE, max((cosine for cosine, _ in found), default=0.0) - LIKE_WINDOW)
        alike = [other for cosine, other in found if cosine >= least]
        return tuple(sorted(alike, key=lambda p: (p.order, p.record_index))[:EARLIER])


def place_of(passage: Attributed) -> Place:
    return passage.dataset_id, passage.record_index


def _told(passage: Attributed) -> str:
    return f"{passage.title}. {passage.text}"


def _believed(place: Place, named: Collection[Place] | None) -> float:
    if named is None:
        return 0.0
    return APART if place in named else -APART
