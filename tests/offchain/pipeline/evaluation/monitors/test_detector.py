"""The sequential test keeps its rate at the worst null, finds a rise, and is exact. Each test has seeds of its own."""

import random
from fractions import Fraction

import pytest

from tallystick.domain.traffic import PPM
from tallystick.errors import InvalidInput
from tallystick.pipeline.evaluation.monitors.detector import (
    BETS,
    EMPTY,
    ONE,
    Capital,
    statistic,
    step,
    upper_bound,
)

RUNS, LENGTH, THRESHOLD = 300, 400, 8_000  # at most 400 / 8000 = 5 % of the runs may alarm


def draws(seed: int, rate: float, count: int) -> list[int]:
    draw = random.Random(seed)
    return [PPM if draw.random() < rate else 0 for _ in range(count)]


def alarm_at(values: list[int], bound: int, threshold: int = THRESHOLD) -> int | None:
    capital = EMPTY
    for n, value in enumerate(values, 1):
        capital = step(capital, value, bound)
        if statistic(capital) >= threshold * ONE:
            return n
    return None


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.02, 0.2, 0.5, 0.9])
def test_false_alarms_when_the_mean_is_the_bound_stay_under_the_stated_rate(rate: float) -> None:
    bound = round(rate * PPM)

    alarms = [alarm_at(draws(51_000 + seed, rate, LENGTH), bound) for seed in range(RUNS)]

    assert sum(a is not None for a in alarms) <= RUNS * LENGTH / THRESHOLD


def test_false_alarms_when_the_mean_is_above_the_bound_break_the_rate() -> None:
    """The same count, on a null that does not hold, shows that the test above can fail."""
    alarms = [alarm_at(draws(52_000 + seed, 0.3, LENGTH), 200_000) for seed in range(RUNS)]

    assert sum(a is not None for a in alarms) > RUNS // 2


@pytest.mark.slow
def test_false_alarms_when_values_depend_on_the_past_stay_under_the_stated_rate() -> None:
    """Half a martingale difference: each value's spread follows the one before, its mean given the past does not move."""
    alarms = 0
    for seed in range(RUNS):
        draw, values, spread = random.Random(53_000 + seed), [], 400_000
        for _ in range(LENGTH):
            values.append(500_000 + (spread if draw.random() < 0.5 else -spread))
            spread = 490_000 if values[-1] > 500_000 else 50_000
        alarms += alarm_at(values, 500_000) is not None

    assert alarms <= RUNS * LENGTH / THRESHOLD


@pytest.mark.slow
@pytest.mark.parametrize("quiet", [0, 300, 5_000])
def test_delay_when_a_rise_comes_late_does_not_grow(quiet: int) -> None:
    delays = []
    for seed in range(40):
        values = draws(54_000 + seed, 0.1, quiet) + draws(55_000 + seed, 0.6, 200)
        found = alarm_at(values, 150_000, 1_000_000)
        delays.append(200 if found is None else found - quiet)

    assert all(delay > 0 for delay in delays)
    assert sorted(delays)[20] <= 40


def test_step_when_compared_with_fractions_is_never_above_and_nearly_equal() -> None:
    bound, exact, capital = 137_001, [Fraction(0)] * len(BETS), EMPTY
    draw = random.Random(56_000)
    for _ in range(60):
        value = draw.randrange(PPM + 1)
        capital = step(capital, value, bound)
        exact = [
            (r + 1) * (1 + Fraction(n, d) * Fraction(value - bound, bound))
            for r, (n, d) in zip(exact, BETS, strict=True)
        ]

    for held, true in zip(capital, exact, strict=True):
        assert held <= true * ONE
        assert true * ONE - held <= max(true * ONE / 2**40, 60)


def test_step_when_resumed_from_text_gives_the_same_numbers() -> None:
    values = draws(57_000, 0.4, 100)
    whole: Capital = EMPTY
    for value in values:
        whole = step(whole, value, 300_000)
    halves: Capital = EMPTY
    for part in (values[:37], values[37:]):
        halves = tuple(int(text) for text in [str(c) for c in halves])
        for value in part:
            halves = step(halves, value, 300_000)

    assert halves == whole


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5, 0.97])
def test_upper_bound_when_drawn_anew_covers_the_mean(rate: float) -> None:
    bounds = [upper_bound(draws(58_000 + seed, rate, 120), Fraction(1, 20)) for seed in range(200)]

    assert sum(bound < rate * PPM for bound in bounds) <= 10
    assert sorted(bounds)[100] < (rate + 0.2) * PPM


def test_upper_bound_when_given_more_comes_nearer() -> None:
    wide, narrow = (upper_bound(draws(59_000, 0.1, n), Fraction(1, 400)) for n in (50, 2_000))

    assert 100_000 < narrow < 160_000 < wide


def test_upper_bound_when_given_nothing_is_everything() -> None:
    assert upper_bound([], Fraction(1, 100)) == PPM


@pytest.mark.parametrize(("value", "bound"), [(-1, 5), (PPM + 1, 5), (5, 0), (5, PPM + 1)])
def test_step_when_out_of_range_is_refused(value: int, bound: int) -> None:
    with pytest.raises(InvalidInput):
        step(EMPTY, value, bound)


def test_upper_bound_when_the_error_is_impossible_is_refused() -> None:
    with pytest.raises(InvalidInput):
        upper_bound([1], Fraction(0))
