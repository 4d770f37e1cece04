"""The audit path: what each record was worth to an answer, by Bayesian regression on retrainings of its own.

A linear datamodel (Ilyas et al. 2022, arXiv 2202.00622) with a prior: the blend says what to expect of each record and
how sure to be, so that some hundred retrainings are enough where a plain regression needs thousands.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from tallystick.pipeline.attribution.training.features import Matrix
from tallystick.pipeline.attribution.training.fitting import Retrained, ranked

_START = (-7.0, -2.0)


@dataclass(frozen=True, slots=True)
class Effects:
    """By record: the expected effect of its presence on the answer's rank, and its standard deviation."""

    mean: Matrix
    deviation: Matrix


def effects(blends: Sequence[Matrix], seen: Retrained) -> list[Effects]:
    """One for every question; `blends` are the blend's values of all records.

    Prior of a record: scale * blend, with variance spread * blend^2 + rest. The four numbers (noise is one) are those
    under which all questions together were most likely.
    """
    centred = seen.members - seen.members.mean(0)
    told = np.stack([ranked(v) for v in seen.values])
    expected = np.stack([centred @ b for b in blends])
    scale = float((expected * told).sum() / max((expected**2).sum(), 1e-9))
    begin = (np.log(max(scale, 1e-3)), 2 * np.log(max(scale, 1e-3)) - 2, *_START)
    with threadpool_limits(1):  # many small products: threads would only wait for each other
        found = minimize(
            lambda p: _surprise(p, centred, told, blends),
            begin,
            method="Nelder-Mead",
            options={"maxiter": 200},
        )
    return [_posterior(found.x, centred, t, b) for t, b in zip(told, blends, strict=True)]


def _parts(told: Matrix, blend: Matrix) -> tuple[Matrix, Matrix, float]:
    scale, spread, rest, noise = np.exp(np.clip(told, -12, 6))
    return scale * blend, spread * blend**2 + rest, float(noise)


def _surprise(told: Matrix, centred: Matrix, told_values: Matrix, blends: Sequence[Matrix]) -> float:
    total = 0.0
    for target, blend in zip(told_values, blends, strict=True):
        mean, variance, noise = _parts(told, blend)
        covariance = (centred * variance) @ centred.T + noise * np.eye(len(target))
        factor = cho_factor(covariance)
        left = target - centred @ mean
        total += float(left @ cho_solve(factor, left) / 2 + np.log(np.diag(factor[0])).sum())
    return total


def _posterior(told: Matrix, centred: Matrix, target: Matrix, blend: Matrix) -> Effects:
    mean, variance, noise = _parts(told, blend)
    gain = (variance[:, None] * centred.T) @ np.linalg.inv(
        (centred * variance) @ centred.T + noise * np.eye(len(target))
    )
    held = mean + gain @ (target - centred @ mean)
    left = variance - (gain * (variance[:, None] * centred.T)).sum(1)
    return Effects(held, np.sqrt(np.maximum(left, 0.0)))
