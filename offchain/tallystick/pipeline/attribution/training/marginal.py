"""What retraining says that data sets earned of one answer: an audit's own measure, beside whatever the rules paid."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from tallystick.domain.ids import AssetId
from tallystick.pipeline.attribution.training.features import Matrix
from tallystick.pipeline.attribution.training.ladder import Block

# Ppm of what was earned of the pot by which one paid data set may lie from its retraining-marginal share, and how many
# standard errors of the retrainings come on top: see docs/decisions/0039.
TOLERANCE_PPM, ERRORS = 300_000, 3
# Nats by which the retrained adapters together have to move an answer before shares of that mean anything.
LEAST_RISE = 1.0


@dataclass(frozen=True, slots=True)
class Marginal:
    """By block: its part of the rise in ppm, with a jackknife standard error over seeds; `rise` in nats."""

    shares: tuple[int, ...]
    errors: tuple[int, ...]
    rise: float

    @property
    def is_told(self) -> bool:
        """Whether the answer moved at all; else no share can be compared with anything."""
        return self.rise > LEAST_RISE


def audited_blocks(members: Sequence[tuple[int, AssetId]], paid: Collection[AssetId]) -> tuple[Block, ...]:
    """Each paid data set alone, with all that stand between two of them as one. `members` are the lessons' data sets as
    (order, asset), in any order."""
    places: dict[tuple[int, AssetId], list[int]] = {}
    for place, member in enumerate(members):
        places.setdefault(member, []).append(place)
    runs = groupby(sorted(places), key=lambda m: m[1] if m[1] in paid else None)
    blocks = []
    for _, run in runs:
        held = tuple(run)
        blocks.append(Block(held, tuple(p for m in held for p in places[m])))
    return tuple(blocks)


def marginal_shares(values: Matrix) -> Marginal:
    """`values` has shape (seeds, rungs), nats: the answer's log-probability before any block, after the first, and so on.
    Two seeds at least."""
    point, rise = _shares(values)
    left_out = np.stack([_shares(np.delete(values, k, axis=0))[0] for k in range(len(values))])
    spread = np.sqrt((len(values) - 1) * left_out.var(axis=0))
    return Marginal(_ppm(point), _ppm(spread), rise)


def _shares(values: Matrix) -> tuple[Matrix, float]:
    """Rises of the seeds' mean's running maximum, over their sum."""
    rises = np.diff(np.maximum.accumulate(values.mean(0)))
    rise = float(rises.sum())
    made: Matrix = rises / max(rise, 1e-9)
    return made, rise


def _ppm(parts: Matrix) -> tuple[int, ...]:
    return tuple(round(float(p) * 1e6) for p in parts)
