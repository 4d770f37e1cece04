"""Bootstrap intervals: against every resample counted out, against the normal theory, and for coverage."""

from itertools import product

import numpy as np
import pytest

from tallystick.errors import InvalidInput
from tallystick.pipeline.evaluation.intervals import (
    Interval,
    bootstrap,
    non_inferior,
    paired_bootstrap,
)

MANY = 40_000


def test_paired_bootstrap_when_examples_are_few_agrees_with_every_resample() -> None:
    before, after = [0.1, 0.5, 0.9, 0.2], [0.4, 0.4, 1.0, 0.9]
    gains = np.subtract(after, before)
    every = [gains[list(pick)].mean() for pick in product(range(4), repeat=4)]

    found = paired_bootstrap(before, after, rounds=MANY, confidence=0.9)

    assert found.mean == pytest.approx(gains.mean())
    assert found.low == pytest.approx(np.quantile(every, 0.05), abs=0.01)
    assert found.high == pytest.approx(np.quantile(every, 0.95), abs=0.01)


def test_paired_bootstrap_when_seeds_are_several_agrees_with_every_resample() -> None:
    before = np.array([[0.1, 0.6], [0.3, 0.5]])
    after = np.array([[0.8, 0.7], [0.4, 0.9]])
    pairs = list(product(range(2), repeat=2))
    every = [
        after[np.ix_(a, e)].mean() - before[np.ix_(b, e)].mean() for a in pairs for b in pairs for e in pairs
    ]

    found = paired_bootstrap(before, after, rounds=MANY, confidence=0.8)

    assert found.mean == pytest.approx(after.mean() - before.mean())
    assert found.low == pytest.approx(np.quantile(every, 0.1), abs=0.01)
    assert found.high == pytest.approx(np.quantile(every, 0.9), abs=0.01)


@pytest.mark.slow
def test_paired_bootstrap_when_examples_differ_more_than_models_is_narrower_than_unpaired() -> None:
    draw = np.random.default_rng(3)
    hardness = draw.normal(0, 1, 300)
    before, after = hardness + draw.normal(0, 0.05, 300), hardness + 0.1 + draw.normal(0, 0.05, 300)

    paired = paired_bootstrap(before, after)

    assert paired.low > 0.08
    assert paired.high - paired.low < 0.02 < bootstrap(after).high - bootstrap(after).low


@pytest.mark.slow
def test_bootstrap_when_many_examples_agrees_with_normal_theory() -> None:
    scores = np.random.default_rng(5).normal(0.4, 0.2, 2000)
    error = scores.std() / np.sqrt(len(scores))

    found = bootstrap(scores)

    assert found.low == pytest.approx(scores.mean() - 1.96 * error, abs=error / 8)
    assert found.high == pytest.approx(scores.mean() + 1.96 * error, abs=error / 8)


def test_paired_bootstrap_when_repeated_gives_the_same_interval() -> None:
    before, after = [0.11, 0.52, 0.97, 0.3] * 5, [0.23, 0.41, 0.94, 0.28] * 5

    first = paired_bootstrap(before, after)

    assert first == paired_bootstrap(before, after)
    assert first != paired_bootstrap(before, after, seed=12)
    assert first.low <= 0 <= first.high


def test_bootstrap_when_memory_is_cut_into_blocks_still_fills_every_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tallystick.pipeline.evaluation.intervals._CELLS", 64)

    assert bootstrap([1.0] * 30, rounds=101) == Interval(1.0, pytest.approx(1.0), pytest.approx(1.0))


@pytest.mark.slow
def test_non_inferior_when_the_true_loss_is_the_margin_passes_no_more_often_than_stated() -> None:
    draw, margin, passed, trials = np.random.default_rng(7), 0.1, 0, 400
    for trial in range(trials):
        serving = draw.normal(0.5, 0.2, 60)
        candidate = serving - margin + draw.normal(0, 0.1, 60)
        passed += non_inferior(candidate, serving, margin, 0.95, rounds=400, seed=trial).holds

    # 5 % stated; a percentile interval of 60 examples may take a point more, four standard errors are 4.4 points.
    assert 0 < passed / trials < 0.104


def test_non_inferior_when_equal_or_damaged_tells_which() -> None:
    draw = np.random.default_rng(9)
    serving = draw.uniform(0.3, 0.7, 200)

    same = non_inferior(serving + draw.normal(0, 0.02, 200), serving, 0.02)
    damaged = non_inferior(serving * 0.8, serving, 0.02)

    assert same.holds and same.lower > -0.02
    assert not damaged.holds and damaged.lower < damaged.gain == pytest.approx(-0.2 * serving.mean())


def test_non_inferior_when_the_loss_equals_the_margin_does_not_hold() -> None:
    assert not non_inferior([0.25] * 30, [0.5] * 30, 0.25).holds
    assert not non_inferior([0.5] * 30, [0.5] * 30, 0.0).holds


@pytest.mark.parametrize(
    ("candidate", "serving", "margin", "confidence"),
    [
        ([0.5] * 19, [0.5] * 19, 0.1, 0.95),
        ([0.5] * 30, [0.5] * 29, 0.1, 0.95),
        ([0.5] * 29 + [float("nan")], [0.5] * 30, 0.1, 0.95),
        ([0.5] * 30, [0.5] * 30, -0.1, 0.95),
        ([0.5] * 30, [0.5] * 30, float("nan"), 0.95),
        ([0.5] * 30, [0.5] * 30, 0.1, 0.5),
        ([0.5] * 30, [0.5] * 30, 0.1, 1.0),
        ([[0.5] * 30, [0.5] * 29], [0.5] * 30, 0.1, 0.95),
        ([], [], 0.1, 0.95),
    ],
)
def test_non_inferior_when_the_scores_cannot_be_judged_refuses(
    candidate: list[float], serving: list[float], margin: float, confidence: float
) -> None:
    with pytest.raises(InvalidInput):
        non_inferior(candidate, serving, margin, confidence)
