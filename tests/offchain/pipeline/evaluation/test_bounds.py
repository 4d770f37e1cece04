"""The bound holds where bootstraps fail: rare losses, few examples, any shape."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.errors import InvalidInput
from tallystick.pipeline.evaluation.bounds import lower_bound

MARGIN, ALPHA, TRIALS = 0.05, 0.05, 300
Draw = Callable[[np.random.Generator, int], np.ndarray]
# Every one has the mean -MARGIN exactly.
WORSE: dict[str, Draw] = {
    "bell": lambda rng, n: np.clip(rng.normal(-MARGIN, 0.1, n), -MARGIN - 0.5, -MARGIN + 0.5),
    "flips": lambda rng, n: rng.choice([-1.0, 0.0, 1.0], n, p=[0.1 + MARGIN, 0.9 - MARGIN - 0.1, 0.1]),
    "rare_losses": lambda rng, n: rng.choice([-1.0, 0.0], n, p=[MARGIN, 1 - MARGIN]),
    "rouge_like": lambda rng, n: np.round(rng.beta(3, 4, n), 1) * 0.9 - rng.beta(3, 4, n) * 0.9 - MARGIN,
    "always": lambda rng, n: np.full(n, -MARGIN),
}


@pytest.mark.slow
@pytest.mark.parametrize("count", [20, 120])
@pytest.mark.parametrize("shape", WORSE)
def test_lower_bound_when_truly_worse_at_the_margin_passes_no_more_than_stated(
    shape: str, count: int
) -> None:
    rng = np.random.default_rng(5)

    passed = sum(lower_bound(WORSE[shape](rng, count), 1 - ALPHA) > -MARGIN for _ in range(TRIALS))

    # 300 trials of chance 0.05 exceed 26 once in 500.
    assert passed <= 26


def test_lower_bound_when_there_are_many_examples_is_near_the_mean() -> None:
    rng = np.random.default_rng(5)
    gains = np.clip(rng.normal(0.1, 0.1, 1000), -1, 1)

    assert 0.1 - 0.02 < lower_bound(gains, 0.95) < gains.mean()


def test_lower_bound_when_nothing_differs_excludes_only_what_would_have_shown() -> None:
    assert lower_bound([0.0] * 150, 0.95) == pytest.approx(np.log(0.05) / 150, rel=0.15)


@settings(max_examples=30)
@given(st.lists(st.floats(-1, 1), min_size=1, max_size=60), st.floats(0.6, 0.99))
def test_lower_bound_when_gains_are_any_lies_between_the_least_and_the_mean(
    gains: list[float], confidence: float
) -> None:
    found = lower_bound(gains, confidence)

    assert -1 <= found <= np.mean(gains) + 1e-9
    assert found <= lower_bound(gains, 0.55) + 1e-9 or confidence < 0.55


@pytest.mark.parametrize("gains", [[], [1.2], [float("nan")], [[0.1], [0.2]]])
def test_lower_bound_when_gains_are_none_refuses(gains: list[float]) -> None:
    with pytest.raises(InvalidInput):
        lower_bound(gains, 0.95)
