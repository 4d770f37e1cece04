"""How far adapting again and again moves a model: a curve a cycle, and the limit beyond which nothing is promoted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tallystick.errors import InvalidInput

ARMS = ("requantised", "stacked")


@dataclass(frozen=True, slots=True)
class DriftPoint:
    """A model after `cycle` adaptations, 0 for the base. `anchor_kl` (nats a token from the base) and `perplexity` are on
    general text; `tasks` are the scores of the first, second ... task, of those that were learnt so far.
    """

    arm: str
    cycle: int
    anchor_kl: float
    perplexity: float
    tasks: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class DriftCurve:
    """`kl_a_cycle` is the least-squares slope of the divergence; `forgetting` the mean loss of earlier tasks since they
    were at their best (Chaudhry et al. 2018), 0 with fewer than two; `perplexity_ratio` the last over the base's.
    """

    arm: str
    cycles: int
    kl_a_cycle: float
    last_kl: float
    forgetting: float
    perplexity_ratio: float


@dataclass(frozen=True, slots=True)
class DriftLimit:
    """`depth` counts adaptations in a lineage, `anchor_kl` is nats a token from the base on general text."""

    depth: int = 8
    anchor_kl: float = 1.0

    def breach(self, depth: int, anchor_kl: float) -> str | None:
        """Why a model may not be promoted, None where it may."""
        if depth > self.depth:
            return f"It is the adaptation number {depth} of its lineage; the limit is {self.depth}."
        if anchor_kl > self.anchor_kl:
            return (
                f"It lies {anchor_kl:.3f} nats a token from its base on general text; the limit is"
                f" {self.anchor_kl:.3f}."
            )
        return None


def curve(points: Sequence[DriftPoint]) -> DriftCurve:
    """Of one arm, cycles ascending from 0."""
    arms, cycles = {p.arm for p in points}, [p.cycle for p in points]
    if len(points) < 2 or len(arms) > 1 or cycles != list(range(len(points))):
        raise InvalidInput("A drift curve needs one arm's cycles 0, 1 and so on.", "Measure the base first.")
    slope = float(np.polyfit(cycles, [p.anchor_kl for p in points], 1)[0])
    last = points[-1]
    return DriftCurve(
        last.arm,
        last.cycle,
        slope,
        last.anchor_kl,
        forgetting([p.tasks for p in points]),
        last.perplexity / points[0].perplexity,
    )


def forgetting(scores: Sequence[Sequence[float]]) -> float:
    """Mean over all tasks but the last of the best score so far less the last score; a row a cycle."""
    final = scores[-1]
    earlier = range(len(final) - 1)
    losses = [max(row[task] for row in scores if len(row) > task) - final[task] for task in earlier]
    return sum(losses) / len(losses) if losses else 0.0
