"""Share error: what the ladder pays data sets, against marginal pay by retrainings of other seeds, null included."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.attributed.datamodel import mean_figure
from bench.attributed.laboratory import Laboratory
from bench.attributed.retrained import audited
from bench.attributed.retrained.retraining import RUNGS, Retrainings
from bench.harness import Figure, Impossible

Matrix = NDArray[np.float64]


def figures(lab: Laboratory) -> Iterator[Figure | Impossible]:
    from tallystick.pipeline.attribution.training.ladder import seed_deviation

    work = Retrainings(lab)
    asked, fitting = range(2 * len(work.web.facts)), range(2 * len(work.web.facts), len(work.questions()))
    ladder, truth = climbed(work, "ladder"), climbed(work, "pay")
    how = (
        f"{len(asked)} held-out questions, {len(work.web.sets)} data sets, {RUNGS} seeds for the ladder and {RUNGS}"
        " others for the truth; questions resampled"
    )
    yield from _errors(ladder, truth, list(asked), list(fitting), how)
    deviation = seed_deviation(ladder[:, :, list(fitting)].transpose(2, 0, 1))
    yield from audited.figures(ladder, truth, deviation, asked)


def _errors(
    ladder: Matrix, truth: Matrix, asked: list[int], fitting: list[int], how: str
) -> Iterator[Figure]:
    from tallystick.pipeline.attribution.training.ladder import climb, seed_deviation

    deviation = seed_deviation(ladder[:, :, fitting].transpose(2, 0, 1))
    found: dict[str, list[float]] = {"": [], "_point": [], "_equal": [], "_null": []}
    for q in asked:
        real = marginal(truth[:, :, q])
        sure, point = climb(ladder[:, :, q], deviation), climb(ladder[:, :, q], 0.0)
        found[""].append(error(np.array(sure.paid) / max(sure.whole, 1), real))
        found["_point"].append(error(np.array(point.lifted) / max(point.whole, 1), real))
        found["_equal"].append(error(np.full(len(real), 1 / len(real)), real))
        found["_null"].append(float(1 - sum(sure.paid) / max(sure.whole, 1)))
    told = {"": "lower bounds paid", "_point": "no bound taken off", "_equal": "equal split"}
    for name, words in told.items():
        yield mean_figure(f"share_error_vs_retraining{name}", np.array(found[name]), f"{words}; {how}")
    yield mean_figure("null_share_of_the_ladder", np.array(found["_null"]), how)


def climbed(work: Retrainings, kind: str) -> Matrix:
    """Log-probabilities, shape (seeds, rungs, questions)."""
    by_seed: dict[int, list[Any]] = {}
    for job in work.jobs():
        if job.kind == kind:
            by_seed.setdefault(job.seed, []).append(work.values(job))
    return np.array([rows for _, rows in sorted(by_seed.items())])


def marginal(values: Matrix) -> Matrix:
    """Shares by the mean's running maximum over rungs; all nothing where nothing rose."""
    best = np.maximum.accumulate(values.mean(0))
    rises = np.diff(best)
    made: Matrix = rises / max(float(rises.sum()), 1e-9)
    return made


def error(shares: Matrix, truth: Matrix) -> float:
    """Half the sum of absolute differences, the shares of nobody included."""
    null = abs((1 - shares.sum()) - (1 - truth.sum()))
    return float((np.abs(shares - truth).sum() + null) / 2)
