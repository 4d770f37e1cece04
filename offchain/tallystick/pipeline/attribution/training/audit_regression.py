"""The audit path: what each record was worth to an answer, by Bayesian regression on retrainings of its own.

A linear datamodel (Ilyas et al. 2022, arXiv 2202.00622) with a prior: the blend says what to expect of each record and
how sure to be, so that some hundred retrainings are enough where a plain regression needs thousands.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from tallystick.pipeline.attribution.training.features import Matrix
from tallystick.pipeline.attribution.training.fitting import Retrained, ranked

_START = (0.0, -2.0, -4.0, -1.0)


@dataclass(frozen=True, slots=True)
class Effects:
    """By record: the expected effect of its presence on the answer's rank, and its standard deviation."""

    mean: Matrix
    deviation: Matrix


def effects(blends: Sequence[Matrix], seen: Retrained) -> list[Effects]:
    """One for every question; `blends` are the blend's values of all records.

    Prior of a record: scale * blend, with variance spread * blend^2 + rest; what retrainings have in common, as some
    subsets teach everything better, is learnt from the mean over all questions. The four numbers (noise too) are
    those under which all questions together were most likely.
    """
    centred = seen.members - seen.members.mean(0)
    told = np.stack([ranked(v) for v in seen.values])
    shared = _ridge(centred, told.mean(0))
    rest = told - (centred @ shared)[None]
    found = minimize(
        lambda p: _surprise(p, centred, rest, blends), _START, method="Nelder-Mead", options={"maxiter": 200}
    )
    return [_posterior(found.x, centred, r, b, shared) for r, b in zip(rest, blends, strict=True)]


def _parts(told: Matrix, blend: Matrix) -> tuple[Matrix, Matrix, float]:
    scale, spread, rest, noise = np.exp(np.clip(told, -12, 6))
    return scale * blend, spread * blend**2 + rest, float(noise)


def _surprise(told: Matrix, centred: Matrix, rest: Matrix, blends: Sequence[Matrix]) -> float:
    total = 0.0
    for target, blend in zip(rest, blends, strict=True):
        mean, variance, noise = _parts(told, blend)
        covariance = (centred * variance) @ centred.T + noise * np.eye(len(target))
        factor = cho_factor(covariance)
        left = target - centred @ mean
        total += float(left @ cho_solve(factor, left) / 2 + np.log(np.diag(factor[0])).sum())
    return total


def _posterior(told: Matrix, centred: Matrix, target: Matrix, blend: Matrix, shared: Matrix) -> Effects:
    mean, variance, noise = _parts(told, blend)
    gain = (variance[:, None] * centred.T) @ np.linalg.inv(
        (centred * variance) @ centred.T + noise * np.eye(len(target))
    )
    held = mean + gain @ (target - centred @ mean)
    left = variance - (gain * (variance[:, None] * centred.T)).sum(1)
    return Effects(held + shared, np.sqrt(np.maximum(left, 0.0)))


def _ridge(centred: Matrix, target: Matrix) -> Matrix:
    """Ridge regression whose strength leaves one retraining out best."""
    vectors, values, turned = np.linalg.svd(centred, full_matrices=False)
    best: tuple[float, Matrix] = (np.inf, np.zeros(centred.shape[1]))
    for strength in np.geomspace(0.1, 1000, 13):
        shrunk = values**2 / (values**2 + strength)
        hat = (vectors**2 * shrunk).sum(1)
        left = (target - vectors @ (shrunk * (vectors.T @ target))) / np.maximum(1 - hat, 1e-6)
        found = turned.T @ (values / (values**2 + strength) * (vectors.T @ target))
        best = min(best, (float((left**2).sum()), found), key=lambda pair: pair[0])
    return best[1]
