"""The span channel: exact longest matches of an answer in training text. Checking one needs no model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydivsufsort import divsufsort

MIN_BYTES = 24
MAX_HOLDERS = 2


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `[start, start + length)` of the answer that stand in a record."""

    start: int
    length: int
    place: int


class SpanIndex:
    """Texts with a separator between them, so that no match crosses records."""

    def __init__(self, texts: Sequence[str]) -> None:
        encoded = [t.replace("\0", " ").encode() for t in texts]
        self._text = b"\0".join([*encoded, b""]) or b"\0"
        self._starts = (
            np.cumsum([0, *[len(e) + 1 for e in encoded[:-1]]]) if encoded else np.zeros(0, dtype=np.int64)
        )
        self._array = divsufsort(self._text)

    def spans(self, answer: str, prompt: str) -> tuple[Span, ...]:
        """Maximal matches that are long, held by few records, and not already in the prompt; earliest holder only."""
        data, found, i = answer.encode(), [], 0
        while i + MIN_BYTES <= len(data):
            length, holders = self._longest(data[i:])
            piece = data[i : i + length]
            if length < MIN_BYTES:
                i += 1
                continue
            if len(holders) <= MAX_HOLDERS and piece not in prompt.encode():
                found.append(Span(i, length, min(holders)))
            i += length
        return tuple(found)

    def _longest(self, data: bytes) -> tuple[int, set[int]]:
        low, high = 0, len(self._array)
        while low < high:
            middle = (low + high) // 2
            at = int(self._array[middle])
            if self._text[at : at + len(data)] < data:
                low = middle + 1
            else:
                high = middle
        best = max((self._common(k, data) for k in (low - 1, low) if 0 <= k < len(self._array)), default=0)
        if best < MIN_BYTES:
            return best, set()
        return best, self._holders(low, best, data)

    def _holders(self, near: int, length: int, data: bytes) -> set[int]:
        places: set[int] = set()
        for step, first in ((-1, near - 1), (1, near)):
            k = first
            while (
                0 <= k < len(self._array) and self._common(k, data) >= length and len(places) <= MAX_HOLDERS
            ):
                places.add(int(np.searchsorted(self._starts, int(self._array[k]), side="right")) - 1)
                k += step
        return places

    def _common(self, k: int, data: bytes) -> int:
        at = int(self._array[k])
        other = self._text[at : at + len(data)]
        return next(
            (n for n, (x, y) in enumerate(zip(other, data, strict=False)) if x != y),
            min(len(other), len(data)),
        )
