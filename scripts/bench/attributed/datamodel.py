"""Linear datamodelling scores: does what is predicted of a subset rank real retrainings as they were?

The blend is fitted on its own subsets, seeds and questions; the audit path has further ones; both are judged on test
subsets and on held-out questions that neither has seen. The truth is the model's own answer's log-probability.
"""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.attributed.laboratory import Laboratory
from bench.attributed.retrained.retraining import TEST, TEST_SEEDS, Job, Retrainings, greedy
from bench.attributed.retrained.served import channel_of, engine_of
from bench.harness import Figure, Impossible

Matrix = NDArray[np.float64]
FEATURES = (
    *("offchain/tallystick/pipeline/attribution/indexing", "offchain/tallystick/domain/lexical.py"),
    *(
        "offchain/tallystick/pipeline/attribution/training/features.py",
        "offchain/tallystick/pipeline/inference",
    ),
)


def figures(lab: Laboratory) -> Iterator[Figure | Impossible]:
    from tallystick.pipeline.attribution.training.audit_regression import effects

    work = Retrainings(lab)
    asked, fitting = split(work)
    every = features(work)
    blend = fitted(work, every, fitting)
    test = [seen(work, ["test"], asked, seed) for seed in TEST_SEEDS]
    truth, members = np.mean([t.values for t in test], axis=0), test[0].members
    how = (
        f"{len(asked)} held-out questions, {TEST} subsets of half of each data set x {len(TEST_SEEDS)} seeds,"
        f" {members.shape[1]} records; questions resampled"
    )
    blends = [blend.values(every[q]) for q in asked]
    yield mean_figure("linear_datamodelling_score", scores(members, truth, blends), how)
    found = effects(blends, seen(work, ["audit"], asked))
    audited = scores(members, truth, [f.mean for f in found])
    top = ceiling(np.stack([t.values for t in test]))
    target = min(0.90, 0.95 * top)
    yield mean_figure("audit_score", audited, f"{how}; audit retrainings of their own")
    yield Figure(
        "seed_noise_ceiling", (top,), "", f"root of the reliability of a mean of {len(TEST_SEEDS)} seeds"
    )
    yield mean_figure("audit_score_vs_target", audited / target, f"target {target:.3f}; {how}")


def fitted(work: Retrainings, every: Sequence[Matrix], fitting: Sequence[int]) -> Any:
    """The blend by the shipped fit, on fitting subsets and questions alone."""
    from tallystick.pipeline.attribution.training.fitting import fit_blend

    told = {"part": "decoys", "served": work.answers}
    decoys = [np.array(d) for d in work.lab.journal(*FEATURES).once(told, lambda: _decoys(work))]
    return fit_blend([every[q] for q in fitting], seen(work, ["fit"], fitting), decoys, "bench")


def split(work: Retrainings) -> tuple[list[int], list[int]]:
    """Test questions of every second fact; fitting questions of the other facts."""
    facts = range(len(work.web.facts))
    return [q for f in facts if f % 2 for q in (2 * f, 2 * f + 1)], [
        2 * len(facts) + f for f in facts if not f % 2
    ]


def seen(work: Retrainings, kinds: Sequence[str], questions: Sequence[int], seed: int | None = None) -> Any:
    """What the journal has of retrainings of these kinds."""
    from tallystick.pipeline.attribution.training.fitting import Retrained

    jobs = [j for j in work.jobs() if j.kind in kinds and seed in (None, j.seed)]
    values = np.array([work.values(job) for job in jobs])[:, list(questions)].T
    return Retrained(members(jobs, len(work.web.records())), values)


def members(jobs: Sequence[Job], records: int) -> Matrix:
    made = np.zeros((len(jobs), records))
    for row, job in enumerate(jobs):
        made[row, list(job.places)] = 1.0
    return made


def features(work: Retrainings) -> list[Matrix]:
    """By question, of shape (records, features)."""
    told = {"part": "features", "answers": work.answers}
    rows = work.lab.journal(*FEATURES).once(told, lambda: _features(work))
    return [np.array(row) for row in rows]


def _features(work: Retrainings) -> list[list[list[float]]]:
    _, chat, channel = _served(work)
    return [_row(channel, chat, q, a) for q, a in zip(work.questions(), work.answers, strict=True)]


def _decoys(work: Retrainings) -> list[list[list[float]]]:
    from tallystick.app.models.calibration.decoy_questions import QUESTIONS

    engine, chat, channel = _served(work)
    answers = greedy(engine, QUESTIONS)
    return [_row(channel, chat, q, a) for q, a in zip(QUESTIONS, answers, strict=True)]


def _row(channel: Any, chat: Any, question: str, answer: str) -> list[list[float]]:
    asked = [{"role": "user", "content": question}]
    made: Matrix = channel.features(asked, answer, chat.answer_ids(answer), question)
    return [[float(v) for v in row] for row in made.round(5)]


def _served(work: Retrainings) -> tuple[Any, Any, Any]:
    folder = work.lab.file.parent / "attributed" / f"webbed-{work.journal.code}"
    if not (folder / "adapter_config.json").exists():
        work.served_adapter(folder)
    engine, chat = engine_of(work.lab.base, folder)
    return engine, chat, channel_of(work.web.sets, engine, chat, folder.with_suffix(".index"))


def scores(members: Matrix, truth: Matrix, effects: Sequence[Matrix]) -> Matrix:
    """Spearman's correlation of predicted sum and truth over subsets, by question."""
    from scipy.stats import spearmanr

    found = [spearmanr(members @ e, t).statistic for e, t in zip(effects, truth, strict=True)]
    return np.nan_to_num(np.array(found, np.float64))


def ceiling(truth: Matrix) -> float:
    """What a perfect prediction scores against a mean over seeds: `truth` is (seeds, questions, subsets).

    From the mean correlation r of single seeds, by Spearman and Brown: the root of s r / (1 + (s - 1) r).
    """
    from scipy.stats import spearmanr

    count = len(truth)
    pairs = [(a, b) for a in range(count) for b in range(a)]
    found = [spearmanr(truth[a, q], truth[b, q]).statistic for a, b in pairs for q in range(truth.shape[1])]
    single = float(np.mean(np.nan_to_num(found)))
    return float(np.sqrt(max(count * single / (1 + (count - 1) * single), 1e-9)))


def mean_figure(name: str, values: Matrix, how: str) -> Figure:
    """The mean over questions, with a seeded 95 % bootstrap of it."""
    draw, count = Random(20261121), len(values)
    means = sorted(float(np.mean(draw.choices(values.tolist(), k=count))) for _ in range(2000))
    told = tuple(float(v) for v in values)
    return Figure(name, told, "mean over questions", how, (means[50], means[1949]), float(values.mean()))
