"""Fits a blend to counterfactual retrainings, and sets its noise floor by decoys."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from tallystick.errors import InvalidInput
from tallystick.pipeline.attribution.training.blend import Blend
from tallystick.pipeline.attribution.training.features import NAMES, Matrix

RIDGE = 0.02
MARGIN = 0.1
KEPT = 0.9


@dataclass(frozen=True, slots=True)
class Retrained:
    """What was seen: `members` (subsets, records) says who was in, `values` (questions, subsets) each answer's
    log-probability, nats."""

    members: Matrix
    values: Matrix


def fit_blend(features: Sequence[Matrix], seen: Retrained, decoys: Sequence[Matrix], origin: str) -> Blend:
    """Non-negative least squares with a small ridge, every question counting alike; `decoys` are features of answers that
    no record had to do with.

    The target is each answer's rank among the subsets: a few answers that fall by a hundred nats must not decide. What
    an answer's records add up to is compared with that, so that several records of one fact share it.
    """
    if len(features) != len(seen.values) or not len(features):
        raise InvalidInput("A blend is fitted on questions with retrainings.", "Give both.")
    centred = seen.members - seen.members.mean(0)
    rows, targets = [], []
    for each, values in zip(features, seen.values, strict=True):
        rows.append(centred @ each)
        targets.append(ranked(values))
    stacked, target = np.concatenate(rows), np.concatenate(targets)
    scale = np.maximum(stacked.std(0), 1e-9)
    pull = np.sqrt(RIDGE * len(target)) * np.eye(len(NAMES))
    found, _ = nnls(np.concatenate([stacked / scale, pull]), np.concatenate([target, pull @ begun]))
    weights = found / scale
    best = np.median([float((f @ weights).max()) for f in features])
    weights = weights / max(best, 1e-9)
    return Blend(tuple(float(w) for w in weights), decoy_floor(decoys, weights), KEPT, origin)


def ranked(values: Matrix) -> Matrix:
    """Ranks on [-1, 1], ties by their mean."""
    from scipy.stats import rankdata

    return np.asarray(2 * (rankdata(values) - 1) / max(len(values) - 1, 1) - 1)


def decoy_floor(decoys: Sequence[Matrix], weights: Matrix) -> float:
    """Above the best value that any record has for an answer that no record had to do with, by MARGIN of what is left
    to 1, the value of a learnt fact's record."""
    best = max((float((each @ weights).max(initial=0.0)) for each in decoys), default=0.0)
    return min(best, 1.0) + MARGIN * (1.0 - min(best, 1.0))
