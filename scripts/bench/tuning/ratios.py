"""Ratios between arms, round by round, with the bootstrap interval of their geometric mean."""

import math
import random
from collections.abc import Mapping, Sequence
from statistics import fmean, geometric_mean

from bench.harness import RESAMPLES, SEED, Figure
from bench.tuning.arms import Run


def factor(arms: Mapping[str, Sequence[Run]], slow: str, fast: str) -> tuple[float, ...]:
    """Seconds a sample of the arm whose name begins with `slow` over those of `fast`, by round."""
    (above,), (below,) = ([runs for name, runs in arms.items() if name.startswith(s)] for s in (slow, fast))
    each = zip(above, below, strict=True)
    return tuple((s.stretch.seconds / s.samples) / (f.stretch.seconds / f.samples) for s, f in each)


def ratio(name: str, arms: Mapping[str, Sequence[Run]], slow: str, fast: str, how: str) -> Figure:
    found = factor(arms, slow, fast)
    return Figure(name, found, "times", how, within=within(found), value=geometric_mean(found))


def within(ratios: Sequence[float]) -> tuple[float, float]:
    """95 % percentile bootstrap of the mean logarithm, over rounds: both arms of a round are drawn together."""
    draw, logs = random.Random(SEED), [math.log(r) for r in ratios]
    means = sorted(fmean(draw.choices(logs, k=len(logs))) for _ in range(RESAMPLES))
    return math.exp(means[int(0.025 * RESAMPLES)]), math.exp(means[int(0.975 * RESAMPLES) - 1])
