"""The index of passages' embeddings: what is asked of one, and the default, which is exact and in memory."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]
# A passage's place among the rows, and its cosine with the question.
Near = tuple[int, float]


class VectorIndex(Protocol):
    def near(self, question: Rows, floor: float, window: float) -> Sequence[Near]:
        """Every row whose cosine is at least `floor` and within `window` of the best, in any order; none left out."""


MakeIndex = Callable[[Rows], VectorIndex]


class EmbeddedIndex:
    """All rows against the question, each time: 10^5 rows of 384 take milliseconds, and nothing is approximate."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def near(self, question: Rows, floor: float, window: float) -> Sequence[Near]:
        return within(self._rows @ question, floor, window)


def within(cosine: Rows, floor: float, window: float) -> Sequence[Near]:
    """The rule of `near`, on the cosines of all rows."""
    if not cosine.size:
        return ()
    least = max(floor, float(cosine.max()) - window)
    return tuple((int(place), float(cosine[place])) for place in np.flatnonzero(cosine >= least))
