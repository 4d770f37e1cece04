"""Drift curves say slope and forgetting, and the limit names its reason."""

import pytest

from tallystick.errors import InvalidInput
from tallystick.pipeline.evaluation.studies.drift import DriftLimit, DriftPoint, curve, forgetting


def test_curve_when_a_model_moves_evenly_has_that_slope() -> None:
    points = [DriftPoint("stacked", k, 0.2 * k, 10.0 + k, (0.5,) * k) for k in range(4)]

    found = curve(points)

    assert found.kl_a_cycle == pytest.approx(0.2) and found.last_kl == pytest.approx(0.6)
    assert found.perplexity_ratio == pytest.approx(1.3) and found.forgetting == 0.0


def test_forgetting_when_tasks_fall_off_is_the_mean_loss_since_their_best() -> None:
    assert forgetting([(), (0.8,), (0.9, 0.5), (0.6, 0.4, 0.7)]) == pytest.approx((0.3 + 0.1) / 2)
    assert forgetting([(), (0.8,)]) == 0.0


@pytest.mark.parametrize(
    ("depth", "kl", "reason"), [(3, 0.1, None), (9, 0.1, "number 9"), (3, 1.2, "1.200 nats")]
)
def test_limit_when_broken_says_by_what(depth: int, kl: float, reason: str | None) -> None:
    found = DriftLimit().breach(depth, kl)

    assert found is None if reason is None else reason in str(found)


@pytest.mark.parametrize("cycles", [[0], [1, 2], [0, 2]])
def test_curve_when_cycles_are_missing_refuses(cycles: list[int]) -> None:
    with pytest.raises(InvalidInput):
        curve([DriftPoint("stacked", k, 0.0, 1.0) for k in cycles])
