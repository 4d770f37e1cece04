"""Shading inside the tolerance is caught soon; honest noise of any shape is not."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.domain.ids import AssetId
from tallystick.errors import InvalidInput
from tallystick.pipeline.attribution.reference.bias import (
    ALLOWANCE,
    LARGEST,
    BiasWatch,
    Direction,
    shading,
)

ALICE, OMAR, PETRA = (AssetId(bytes([n]) * 32) for n in (1, 2, 3))
Noise = Callable[[random.Random], int]
NOISES: dict[str, Noise] = {
    "none": lambda draw: 0,
    "small": lambda draw: round(draw.gauss(0, 60)),
    "wide": lambda draw: round(draw.gauss(0, 400)),
    "skewed": lambda draw: round(1000 * (draw.expovariate(1) - 1)) // 4,
}


@pytest.mark.slow
@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("seed", range(20))
def test_shading_when_half_a_percent_is_caught_within_500_audits(noise: str, seed: int) -> None:
    draw = random.Random(seed)
    audits = [{ALICE: 5_000 + NOISES[noise](draw), OMAR: NOISES[noise](draw)} for _ in range(500)]

    found = shading(audits)

    toward = next(b for b in found if (b.beneficiary, b.direction) == (ALICE, Direction.TOWARD))
    assert toward.audits <= 100
    assert toward.mean == pytest.approx(5_000, rel=0.2)


@pytest.mark.slow
def test_shading_when_hidden_in_the_widest_noise_is_still_caught() -> None:
    caught = 0
    for seed in range(40):
        draw = random.Random(seed)
        audits = [{ALICE: LARGEST if draw.random() < 0.625 else -LARGEST} for _ in range(900)]
        caught += any(b.direction is Direction.TOWARD for b in shading(audits))

    assert caught >= 38


def test_shading_when_taken_from_one_and_given_to_the_null_share_names_the_victim() -> None:
    found = shading([{ALICE: -5_000, OMAR: 0}] * 500)

    assert {(b.beneficiary, b.direction) for b in found} >= {(ALICE, Direction.AGAINST)}
    assert all(b.beneficiary != OMAR for b in found)


def test_shading_when_each_receipt_favours_another_account_is_caught_as_a_spread() -> None:
    audits = [{AssetId(i.to_bytes(32)): 5_000, AssetId((i + 7_000).to_bytes(32)): -5_000} for i in range(500)]

    assert [(b.beneficiary, b.direction) for b in shading(audits)] == [(None, Direction.SPREAD)]


@pytest.mark.slow
@pytest.mark.parametrize("noise", NOISES)
def test_shading_when_honest_names_nobody(noise: str) -> None:
    for seed in range(5):
        draw = random.Random(seed)
        audits = [{a: NOISES[noise](draw) for a in (ALICE, OMAR, PETRA)} for _ in range(1_500)]

        assert shading(audits) == ()


@pytest.mark.slow
def test_shading_when_honest_noise_is_the_widest_alarms_less_often_than_its_level() -> None:
    """At a level that can be counted. The mean is exactly the allowance: the hardest honest case."""
    alarms, runs, odds = 0, 400, (1 + ALLOWANCE / LARGEST) / 2
    for seed in range(runs):
        draw = random.Random(seed)
        watch = BiasWatch(level=0.2)
        seen = (watch.note({ALICE: LARGEST if draw.random() < odds else -LARGEST}) for _ in range(150))
        alarms += any(b.beneficiary == ALICE for found in seen for b in found)

    assert alarms / runs <= 0.1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-ALLOWANCE, ALLOWANCE), max_size=300))
def test_shading_when_no_difference_exceeds_the_allowance_names_nobody(told: list[int]) -> None:
    assert shading([{ALICE: d} for d in told]) == ()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-(10**6), 10**6), max_size=200))
def test_shading_when_mirrored_swaps_the_directions(told: list[int]) -> None:
    def of_alice(audits: list[dict[AssetId, int]], direction: Direction) -> list[int]:
        found = shading(audits)
        return [b.audits for b in found if b.beneficiary == ALICE and b.direction is direction]

    plain, mirrored = [{ALICE: d} for d in told], [{ALICE: -d} for d in told]

    toward, against = of_alice(plain, Direction.TOWARD), of_alice(mirrored, Direction.AGAINST)
    assert abs(len(toward) - len(against)) <= 1  # the directions have parts of the level that differ
    assert not toward or not against or against[0] >= toward[0]


def test_watch_when_fed_one_by_one_tells_each_bias_once() -> None:
    watch = BiasWatch()

    told = [bias for _ in range(300) for bias in watch.note({ALICE: 5_000})]

    assert len(told) == len({(b.beneficiary, b.direction) for b in told})
    assert tuple(told) == shading([{ALICE: 5_000}] * 300)


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0])
def test_watch_when_the_level_is_no_probability_refuses(level: float) -> None:
    with pytest.raises(InvalidInput, match="level"):
        BiasWatch(level)
