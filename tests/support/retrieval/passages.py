"""Passages and an encoder without a model: texts are near when they share letters."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from support.factories import asset_of
from tallystick.pipeline.inference.retrieval.library import Passage

SUBJECTS = ("bell", "mill", "lock", "ferry", "quay", "tower", "weir", "forge")
FACTS = ("was built in 1788", "was paid for by the guild", "burnt down twice", "is the oldest of the town")


class Letters:
    """Counts of letter pairs as unit rows: like texts are near, and a text is nearest to itself."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for a, b in zip(text.lower(), text.lower()[1:], strict=False):
                row[(ord(a) * 31 + ord(b)) % 64] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def passages() -> list[Passage]:
    told = [(subject, f"The {subject} {fact}.") for subject in SUBJECTS for fact in FACTS]
    return [
        Passage(asset_of(f"set {i % 3}"), i % 3, i, subject, text) for i, (subject, text) in enumerate(told)
    ]


def questions() -> list[str]:
    return [
        f"{word}: the {subject} {fact}?"
        for subject in SUBJECTS
        for fact in FACTS
        for word in ("Which", "Who")
    ]
