"""What speaks for a record as a source of an answer: non-negative numbers that mean the same in every corpus."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tallystick.domain.lexical import Bm25

Matrix = NDArray[np.float64]
NAMES = (
    *("answer words", "answer words 2", "question words", "question words 2", "both words", "both words 4"),
    *("hidden state", "hidden state 4", "gradient", "gradient 2", "words and hidden state", "spans"),
)


class Span(Protocol):
    @property
    def length(self) -> int: ...
    @property
    def place(self) -> int: ...


class Spans(Protocol):
    def spans(self, answer: str, prompt: str, /) -> Sequence[Span]: ...


def features_of(
    bm25: Bm25,
    spans: Sequence[Span],
    question: str,
    answer: str,
    by_gradient: NDArray[np.float32],
    by_hidden: NDArray[np.float32],
) -> Matrix:
    """Shape (records, len(NAMES)).

    Words: the part of the rarity-weighted words of answer and question that a record holds (BM25 over what a record
    of average length with every word would score), so that neither the corpus' size nor the answer's length matters.
    States and gradients: cosines, the negative ones nothing. Powers sharpen: one record in many decides an answer.
    """
    said, asked = _covered(bm25, answer), _covered(bm25, question)
    both = _covered(bm25, f"{question} {answer}")
    state, slope = np.maximum(by_hidden, 0.0), np.maximum(by_gradient, 0.0)
    held = np.zeros(len(both))
    for span in spans:
        held[span.place] += span.length / max(len(answer.encode()), 1)
    columns = (
        *(said, said**2, asked, asked**2, both, both**4),
        *(state, state**4, slope, slope**2, both * state, held),
    )
    return np.stack(columns, axis=1).astype(np.float64)


def _covered(bm25: Bm25, text: str) -> Matrix:
    most = bm25.most(text)
    return (
        np.minimum(np.array(bm25.scores(text), np.float64) / most, 1.0) if most > 0 else np.zeros(bm25.count)
    )
