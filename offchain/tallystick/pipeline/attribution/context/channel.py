"""What each passage of an answer is paid for: increments of the running maximum over the passages in commit order.

v(k) is the answer's log-probability after the first k passages. The bar begins at v(0): the better of the question
alone and the question behind decoys, passages that have nothing to do with it. A passage is paid what it lifts the bar,
at most what it gains when it stands alone, and nothing below the floor.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.domain.attribution import Passage
from tallystick.pipeline.attribution.context.prompts import Scored
from tallystick.pipeline.attribution.split import MICRO, increments, micro

# Nats. What passages that have nothing to do with an answer move it by: see docs/decisions/0022.
FLOOR_NATS, FLOOR_NATS_PER_TOKEN = 3.0, 0.1


@dataclass(frozen=True, slots=True)
class ContextValues:
    """Nats. `values` are paid and `alone` are gains over `start`, by passage; `prefixes` are v(1) to v(all).

    None stands where nothing depended on a number, so that it was not measured. `plain` is the adapter's value without
    passages, `start` that or the decoys' if it is better, `best` the highest that the bar rose to.
    """

    values: tuple[float, ...]
    alone: tuple[float | None, ...]
    prefixes: tuple[float | None, ...]
    plain: float
    start: float
    best: float

    @property
    def gained(self) -> float:
        """By all passages together, the noise included."""
        return self.best - self.start

    def reason(self, place: int) -> str:
        """Why a passage is paid what it is."""
        alone = self.alone[place]
        if self.values[place] > 0:
            return "raised the answer's log-probability"
        if alone is not None:
            return f"added nothing by itself ({alone:+.2f} nats alone)"
        used = self.best > self.start
        return "added nothing to what stood before it" if used else "the answer made no use of its passages"


def floor_of(tokens: int) -> float:
    """What an answer of so many tokens may gain by chance."""
    return max(FLOOR_NATS, FLOOR_NATS_PER_TOKEN * tokens)


def context_values(scored: Scored, passages: Sequence[Passage], *, screening: float = 1.0) -> ContextValues:
    """`passages` stand in commit order, as they stood in the prompt.

    An answer that gains no more than the floor from all of them made no use of them: nobody is paid. Between two prefixes
    that differ by at most `screening` floors nothing is measured; 0 measures every prefix. What is paid is defined
    at 1, for whoever scores: other numbers are for studies.
    """
    plain, count = scored.plain(), len(passages)
    if not passages:
        return ContextValues((), (), (), plain, plain, plain)
    floor, full = floor_of(len(scored.answer_ids)), scored.after(passages)
    if full - plain <= floor:
        return _unused(count, plain, plain, full)
    start = max(plain, scored.after_decoys())
    if full - start <= floor:
        return _unused(count, plain, start, full)
    prefixes = _measured(scored, passages, start, full, screening * floor)
    lifted = lifts(start, prefixes, floor)
    alone = _alone(scored, passages, lifted, prefixes, start)
    capped = _caps(alone, floor)
    values = tuple(min(rise, most) / MICRO for rise, most in zip(lifted, capped, strict=True))
    best = max(start, *(v for v in prefixes if v is not None))
    return ContextValues(values, alone, prefixes, plain, start, best)


def _unused(count: int, plain: float, start: float, full: float) -> ContextValues:
    nothing = (None,) * count
    return ContextValues((0.0,) * count, nothing, (*nothing[1:], full), plain, start, start)


def _measured(
    scored: Scored, passages: Sequence[Passage], start: float, full: float, least: float
) -> tuple[float | None, ...]:
    """Halves the passages while an interval's ends differ by more than `least`."""
    found: dict[int, float] = {0: start, len(passages): full}
    pending = [(0, len(passages))]
    while pending:
        low, high = pending.pop()
        if high - low > 1 and (least <= 0 or abs(found[high] - found[low]) > least):
            middle = (low + high) // 2
            found[middle] = scored.after(passages[:middle])
            pending += [(low, middle), (middle, high)]
    return tuple(found.get(k) for k in range(1, len(passages) + 1))


def lifts(start: float, prefixes: Sequence[float | None], floor: float) -> list[int]:
    """Micro-nats by which each passage lifts the bar; what was not measured is at the bar."""
    known = [(k, micro(v - start)) for k, v in enumerate(prefixes) if v is not None]
    lifted = [0] * len(prefixes)
    for (k, _), rise in zip(known, increments([v for _, v in known], micro(floor)), strict=True):
        lifted[k] = rise
    return lifted


def _alone(
    scored: Scored,
    passages: Sequence[Passage],
    lifted: Sequence[int],
    prefixes: Sequence[float | None],
    start: float,
) -> tuple[float | None, ...]:
    """Gains alone of what would be paid; the first passage stands alone already."""
    found: list[float | None] = []
    for k, (passage, rise) in enumerate(zip(passages, lifted, strict=True)):
        first = prefixes[0] if k == 0 else None
        value = first if first is not None or rise <= 0 else scored.after([passage])
        found.append(None if value is None else value - start)
    return tuple(found)


def _caps(alone: Sequence[float | None], floor: float) -> list[int]:
    """What each gain would lift a bar of its own by, micro-nats; 0 where it was not measured."""
    return [0 if gain is None else increments([micro(gain)], micro(floor))[0] for gain in alone]
