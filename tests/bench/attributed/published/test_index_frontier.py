"""The comparison of an index with full features, on features of which the truth is known."""

from pathlib import Path

import numpy as np
import pytest

from bench.attributed.index_cost import _kept
from bench.attributed.published.gradients import Gathered
from bench.attributed.published.index_frontier import (
    World,
    full_scores,
    hits,
    kept_scores,
    rank_correlations,
)
from tallystick.pipeline.attribution.indexing.grid import Grid
from tallystick.pipeline.attribution.indexing.rows import RowForm

RECORDS, ANSWERS, WIDE, STATE = 60, 25, 3000, 96
TRUTH = np.arange(ANSWERS) * 2


def world(closeness: float = 0.6) -> World:
    """Answers that look like their record to the given part, in gradient and in hidden state."""
    draw = np.random.default_rng(8)
    held, states = draw.normal(size=(RECORDS, WIDE)), draw.normal(size=(RECORDS, STATE)) + 3
    asked = closeness * held[TRUTH] + (1 - closeness) * draw.normal(size=(ANSWERS, WIDE))
    asked_states = closeness * states[TRUTH] + (1 - closeness) * (draw.normal(size=(ANSWERS, STATE)) + 3)
    lengths = 10 ** draw.uniform(-4, 2, (ANSWERS, 1))
    return World(
        Gathered(held.astype(np.float32), states.astype(np.float32)),
        Gathered((asked * lengths).astype(np.float32), asked_states.astype(np.float32)),
        tuple(f"record {i}" for i in range(RECORDS)),
        np.arange(RECORDS) // 15,
        TRUTH,
    )


def test_full_features_find_the_record_whatever_the_lengths() -> None:
    full = full_scores(world())

    for scores in (full.gradient, full.hidden, full.together):
        datasets, records = hits(scores, world())
        assert datasets.all() and records.all()
    assert np.abs(full.gradient).max() <= 1 + 1e-6


@pytest.mark.slow
@pytest.mark.parametrize(
    ("form", "least"),
    [(RowForm(Grid(2048, 8), Grid(96, 8)), 0.9), (RowForm(Grid(64, 1), Grid(16, 1)), 0.1)],
)
def test_index_ranks_records_as_full_features_do_so_far_as_its_size_allows(
    form: RowForm, least: float, tmp_path: Path
) -> None:
    full, kept = full_scores(world()), kept_scores(world(), form, tmp_path / "i")

    correlation = rank_correlations(kept.hidden, full.hidden).mean()

    assert least < correlation <= 1
    assert hits(kept.hidden, world())[1].mean() > least
    assert kept.gradient.shape == (ANSWERS, RECORDS)


def test_rank_correlation_is_spearmans() -> None:
    from scipy.stats import spearmanr

    a, b = np.random.default_rng(2).normal(size=(2, 5, 30))

    assert np.allclose(
        rank_correlations(a, b), [spearmanr(x, y).statistic for x, y in zip(a, b, strict=True)]
    )


def test_accuracy_kept_is_the_smaller_ratio() -> None:
    full = [[True] * 10, [True] * 8 + [False] * 2]
    ours = [[True] * 9 + [False], [True] * 6 + [False] * 4]

    low, middle, high = _kept(full, ours)

    assert middle == pytest.approx(0.75)
    assert low < middle < high
