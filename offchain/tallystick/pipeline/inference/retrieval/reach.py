"""How far from a question its passages may stand: the window around the nearest, and beyond it what was there before.

Anybody can write a passage that says what people ask and nothing else. It is nearer than any honest one, so that a
window around the nearest alone lets its writer choose who is found, also long after it is spent. See docs/decisions/0075.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from tallystick.pipeline.inference.retrieval.places import BEGIN, PLACES, chosen


@dataclass(frozen=True, slots=True)
class Candidate:
    """Of a question. `order` is its place in commit order."""

    credit: int
    cosine: float
    order: tuple[int, int]


def standing(ranked: Sequence[Candidate], window: float) -> list[int]:
    """Who stands in the prompt, at most PLACES and one beyond, as ascending indexes; `ranked` has the nearest first.

    Places are filled from the window around the nearest of all. What is left of them goes to proven ones beyond it, in
    a window around the nearest proven one; and where the first window holds none that is proven, to one on trial that
    has no place: the first in commit order, which nobody who comes later can be.
    """
    near = within(ranked, range(len(ranked)), window)
    found = [near[i] for i in chosen([ranked[i].credit for i in near])]
    return sorted(found + _beyond(ranked, near, found, window)[: PLACES + 1 - len(found)])


def within(ranked: Sequence[Candidate], those: Iterable[int], window: float) -> list[int]:
    """Of those the ones whose cosine is at most `window` below the best of theirs."""
    there = list(those)
    least = max((ranked[i].cosine for i in there), default=0.0) - window
    return [i for i in there if ranked[i].cosine >= least]


def _beyond(
    ranked: Sequence[Candidate], near: Collection[int], found: Collection[int], window: float
) -> list[int]:
    proven = [i for i, one in enumerate(ranked) if one.credit > BEGIN]
    farther = [i for i in within(ranked, proven, window) if i not in near]
    if set(proven).intersection(near):
        return farther
    waiting = [i for i, one in enumerate(ranked) if 0 < one.credit <= BEGIN and i not in found]
    return farther + sorted(waiting, key=lambda i: ranked[i].order)[:1]
