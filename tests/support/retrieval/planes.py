"""Passages that are near a question, each as near as its text says, and like one another only by that."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from support.factories import asset_of
from tallystick.pipeline.inference.retrieval.library import Passage


class Planes:
    """A text "n c" has the cosine c with the question, and with other texts what its own plane n leaves."""

    def __init__(self, drift: Sequence[float] = ()) -> None:
        self._drift = drift

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), 42), np.float64)
        for row, text in zip(rows, texts, strict=True):
            plane, cosine = (float(part) for part in text.split(". ")[-1].split())
            moved = self._drift[int(plane)] if int(plane) < len(self._drift) else 0.0
            row[0] = min(cosine + moved, 1.0)
            row[1 + int(plane)] = np.sqrt(1 - row[0] ** 2)
        return rows.astype(np.float32)


def told(*cosines: float) -> list[Passage]:
    return [Passage(asset_of(f"set {i}"), i, 0, "t", f"{i + 1} {c}") for i, c in enumerate(cosines)]
