"""Audits by retraining (L4) of what the ladder pays: honest pay that is rejected, and pay for another that is not.

`python -m bench.attributed.retrained.audited 120` goes on with the retrainings that it needs for so many seconds.
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.attributed.datamodel import mean_figure
from bench.attributed.laboratory import BASE, Laboratory
from bench.attributed.retrained.retraining import Job, Retrainings
from bench.harness import Figure

# Seeds of an audit, as the shipped L4 has, and of the ladder, as a calibration makes.
SEEDS, LADDER_SEEDS = 3, 2
Matrix = NDArray[np.float64]


def figures(ladder: Matrix, truth: Matrix, deviation: float, asked: Sequence[int]) -> Iterator[Figure]:
    """Values of shape (seeds, rungs, questions), nats. Every data set is a block here."""
    from tallystick.pipeline.attribution.training.ladder import climb
    from tallystick.pipeline.attribution.training.marginal import marginal_shares

    honest, stolen = [], []
    for q in asked:
        paid = climb(ladder[:LADDER_SEEDS, :, q], deviation)
        got = np.array(paid.paid) * 10**6 // max(paid.whole, 1)
        told = marginal_shares(truth[:SEEDS, :, q])
        if told.is_told and got.any():
            honest.append(float(_rejected(got, told)))
            stolen.append(float(_rejected(np.roll(got, 1), told)))
    how = f"{len(honest)} answers, {SEEDS} seeds of the auditor against {LADDER_SEEDS} of the ladder"
    yield mean_figure("l4_honest_rejected", np.array(honest), how)
    yield mean_figure("l4_moved_pay_caught", np.array(stolen), f"all pay moved on by a data set; {how}")


def _rejected(got: Matrix, told: Any) -> bool:
    from tallystick.pipeline.attribution.training.marginal import ERRORS, TOLERANCE_PPM

    return any(
        ppm > 0 and abs(ppm - share) > TOLERANCE_PPM + ERRORS * error
        for ppm, share, error in zip(got, told.shares, told.errors, strict=True)
    )


def needed(work: Retrainings) -> list[Job]:
    """Seed by seed, so that a part of them makes whole ladders."""
    by_kind = {kind: [j for j in work.jobs() if j.kind == kind] for kind in ("ladder", "pay")}
    rungs = len(by_kind["pay"]) // len({j.seed for j in by_kind["pay"]})
    return by_kind["ladder"][: LADDER_SEEDS * rungs] + by_kind["pay"][: SEEDS * rungs]


def main(arguments: Sequence[str]) -> None:
    until = time.monotonic() + float(arguments[0])
    work = Retrainings(Laboratory(Path("build/bench/attribution.jsonl"), base=BASE))
    jobs = needed(work)
    for done, job in enumerate(jobs):
        if time.monotonic() > until:
            print(json.dumps({"done": done, "of": len(jobs)}))
            return
        work.values(job)
    rungs = len(jobs) // (LADDER_SEEDS + SEEDS)
    values = np.array([work.values(j) for j in jobs]).reshape(LADDER_SEEDS + SEEDS, rungs, -1)
    ladder, truth = values[:LADDER_SEEDS], values[LADDER_SEEDS:]
    from tallystick.pipeline.attribution.training.ladder import seed_deviation

    asked = range(2 * len(work.web.facts))
    fitting = list(range(2 * len(work.web.facts), values.shape[2]))
    deviation = seed_deviation(ladder[:, :, fitting].transpose(2, 0, 1))
    for figure in figures(ladder, truth, deviation, asked):
        print(figure.name, figure.value, figure.within, figure.how)


if __name__ == "__main__":
    main(sys.argv[1:])
