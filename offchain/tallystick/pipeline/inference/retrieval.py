"""Finds passages for a question: BM25 and embeddings over cluster leaders, so that a copy never takes a place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tallystick.domain.ids import AssetId
from tallystick.domain.lexical import Bm25

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

    def __init__(self, passages: Sequence[Passage], encoder: Encoder) -> None:
        self._passages, self._encoder = tuple(passages), encoder
        texts = [f"{p.title}. {p.text}" for p in passages]
        self._bm25 = Bm25(texts)
        self._rows = encoder.embed(texts) if texts else np.zeros((0, 1), dtype=np.float32)

    def search(self, question: str) -> tuple[Passage, ...]:
        """At most PLACES passages, best first; none when nothing is near."""
        if not self._passages:
            return ()
        cosine = self._rows @ self._encoder.embed([question])[0]
        lexical = np.array(self._bm25.scores(question), dtype=np.float64)
        blended = cosine + 0.25 * lexical / max(float(lexical.max()), 1e-9)
        near = max(FLOOR, float(cosine.max()) - WINDOW)
        chosen = [i for i in range(len(self._passages)) if cosine[i] >= near]
        chosen.sort(key=lambda i: (-round(float(blended[i]), 6), self._passages[i].order, i))
        return tuple(self._passages[i] for i in chosen[:PLACES])
