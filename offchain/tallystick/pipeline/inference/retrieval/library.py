"""Finds passages for a question: BM25 and embeddings over cluster leaders, so that a copy never takes a place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tallystick.domain.ids import AssetId
from tallystick.domain.lexical import Bm25
from tallystick.pipeline.inference.retrieval.vectors import EmbeddedIndex, MakeIndex

PLACES = 4
FLOOR = 0.6
WINDOW = 0.1


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
        texts = [f"{p.title}. {p.text}" for p in passages]
        self._bm25 = Bm25(texts)
        self._index = make_index(encoder.embed(texts)) if texts else None

    def search(self, question: str) -> tuple[Passage, ...]:
        """At most PLACES passages, best first; none when nothing is near."""
        if self._index is None:
            return ()
        lexical = np.array(self._bm25.scores(question), dtype=np.float64)
        weight = 0.25 / max(float(lexical.max()), 1e-9)
        near = self._index.near(self._encoder.embed([question])[0], FLOOR, WINDOW)
        blended = {place: cosine + weight * float(lexical[place]) for place, cosine in near}
        chosen = sorted(blended, key=lambda i: (-round(blended[i], 6), self._passages[i].order, i))
        return tuple(self._passages[i] for i in chosen[:PLACES])
