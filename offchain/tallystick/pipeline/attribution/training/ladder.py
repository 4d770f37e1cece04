"""The ladder: adapters retrained on the manifest's prefixes in chain order say what each block of data sets added.

At answer time v(k) is the answer's log-probability under rung k, and a block is paid what it lifted the running
maximum: time-ordered marginal value by real retraining, of which a later copy has none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tallystick.domain.ids import AssetId
from tallystick.pipeline.attribution.split import MICRO, increments, micro
from tallystick.pipeline.attribution.training.features import Matrix

MOST_BLOCKS = 8


@dataclass(frozen=True, slots=True)
class Block:
    """Data sets next to each other in chain order, as (order, asset), and the places of their lessons."""

    datasets: tuple[tuple[int, AssetId], ...]
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Climb:
    """Micro-nats by block: what it lifted, the lower bound of that, and how far all together rose."""

    lifted: tuple[int, ...]
    paid: tuple[int, ...]
    whole: int


def blocks_of(members: Sequence[tuple[int, AssetId]], most: int = MOST_BLOCKS) -> tuple[Block, ...]:
    """At most `most` blocks of whole data sets, alike in their number of records. `members` are the lessons' data sets
    in chain order."""
    sizes: dict[tuple[int, AssetId], list[int]] = {}
    for place, member in enumerate(members):
        sizes.setdefault(member, []).append(place)
    ordered = sorted(sizes.items())
    made: list[list[tuple[tuple[int, AssetId], list[int]]]] = []
    reached = 0
    for number, entry in enumerate(ordered):
        left, open_blocks = len(ordered) - number, most - len(made)
        full = made and reached * most >= len(made) * len(members)
        if not made or (open_blocks > 0 and (full or left <= open_blocks)):
            made.append([])
        made[-1].append(entry)
        reached += len(entry[1])
    return tuple(
        Block(tuple(member for member, _ in block), tuple(p for _, places in block for p in places))
        for block in made
    )


def climb(values: Matrix, deviation: float, *, surely: float = 1.0, floor: float = 2.0) -> Climb:
    """What blocks earn. `values` has shape (seeds, rungs), nats, the first rung before any block; `deviation` is one
    retraining's. Rises within `floor` standard errors of a rung count as noise; `surely` standard errors of a rise
    are taken off its pay."""
    mean, error = values.mean(0), deviation / np.sqrt(len(values))
    lifted = increments([micro(float(v)) for v in mean[1:]], micro(floor * error), micro(float(mean[0])))
    off = micro(surely * error * float(np.sqrt(2)))
    whole = max(0, micro(float(mean.max())) - micro(float(mean[0])))
    return Climb(tuple(lifted), tuple(max(0, rise - off) for rise in lifted), max(whole, sum(lifted)))


def seed_deviation(values: Matrix) -> float:
    """Of one retraining, pooled over answers and rungs above the first; `values` is (answers, seeds, rungs), nats."""
    trained = values[:, :, 1:]
    return float(np.sqrt(trained.var(axis=1, ddof=1).mean())) if values.shape[1] > 1 else float("inf")


def nats(value: int) -> float:
    return value / MICRO
