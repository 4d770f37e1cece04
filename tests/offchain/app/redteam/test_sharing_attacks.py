"""Clones, laundered answers and stuffed passages, and the rules that others use beside the shipped one."""

from collections.abc import Iterator
from functools import partial
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.app.redteam.attacks.attack import Ground, Profit
from tallystick.app.redteam.attacks.sharing import clones, rules
from tallystick.app.redteam.attacks.swarm import asset_of
from tallystick.bootstrap import battleground
from tallystick.domain.money import PPM
from tallystick.pipeline.attribution.context.shapley import shapley_values
from tallystick.pipeline.attribution.split import MICRO, Claim

P = {"copies": 10, "noise": 1_000, "edited": 0, "shuffled": 0, "first": 0, "own": 0}
VALUES = st.lists(st.integers(0, 5 * MICRO), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    yield battleground()


def claims_of(values: list[int]) -> list[Claim]:
    return [Claim(asset_of(f"{n}"), n, 0, value) for n, value in enumerate(values)]


def subsets(count: int) -> list[frozenset[int]]:
    return [frozenset(c) for size in range(count + 1) for c in combinations(range(count), size)]


@settings(deadline=None, max_examples=60)
@given(VALUES)
def test_shapley_when_reckoned_in_closed_form_is_that_of_all_sets(values: list[int]) -> None:
    worth = {s: float(max((values[i] for i in s), default=0)) for s in subsets(len(values))}
    exact = shapley_values(worth, len(values))

    found = rules.by_shapley(claims_of(values), 0).gains

    assert all(abs(found[asset_of(f"{n}")] - v) <= len(values) + 1e-3 for n, v in enumerate(exact))


@settings(deadline=None, max_examples=60)
@given(VALUES)
def test_banzhaf_when_reckoned_in_closed_form_is_that_of_all_sets(values: list[int]) -> None:
    worth = {s: max((values[i] for i in s), default=0) for s in subsets(len(values))}
    others = 2 ** (len(values) - 1)

    found = rules.by_banzhaf(claims_of(values), 0)

    for n in range(len(values)):
        exact = sum(worth[s] - worth[s - {n}] for s in worth if n in s) / others
        assert abs(found.gains[asset_of(f"{n}")] - exact) <= len(values)
    assert found.whole == max(values)


@pytest.mark.parametrize("name", rules.RULES)
def test_rule_when_it_shares_a_pot_never_gives_more_than_it(name: str) -> None:
    claims = claims_of([3 * MICRO, 3 * MICRO, MICRO, 2 * MICRO])

    assert 0 < sum(rules.RULES[name](claims, 0).ppm().values()) <= PPM


def test_outsiders_clones_when_values_are_equal_are_paid_by_every_rule_but_ours() -> None:
    claims = claims_of([3 * MICRO] * 9)
    share = {name: 1 - rule(claims, 0).ppm()[asset_of("0")] / PPM for name, rule in rules.RULES.items()}

    assert share["ours"] == 0
    assert share["proportional"] == pytest.approx(8 / 9, abs=1e-5)
    assert share["shapley"] == pytest.approx(8 / 9, abs=1e-5)
    assert share["banzhaf"] > 0.99  # nearly all of it nobody's
    assert share["emission"] == pytest.approx(8 / 9, abs=1e-5)


def test_clones_when_they_are_exact_are_found_and_get_nothing(ground: Ground) -> None:
    profit = clones.CLONES.play(ground, P, 1)

    assert (profit.earned, profit.honest_lost) == (0, 0)
    assert profit.locked >= 10 * 10**6


def test_clones_when_nobody_looks_for_them_get_next_to_nothing_by_the_bar_and_most_of_it_else(
    ground: Ground,
) -> None:
    raid = clones.Raid(clones.WHOLE, False, 50, 900)
    paid = {
        name: clones.played(rule, False, raid, P, 3).thief / (clones.ANSWERS * PPM)
        for name, rule in rules.RULES.items()
    }

    assert paid["ours"] < 0.001
    assert paid["proportional"] > 0.6 and paid["emission"] > 0.6


def test_copies_when_the_first_value_is_hardly_above_noise_are_seen_to_earn(ground: Ground) -> None:
    noisy = [
        clones.LAUNDERING.play(ground, {**P, "copies": 40, "noise": MICRO // 10}, seed) for seed in range(4)
    ]

    assert max(p.earned for p in noisy) > 0


def test_stuffing_when_it_gives_nothing_is_paid_nothing_and_by_count_most(ground: Ground) -> None:
    profit = clones.STUFFING.play(ground, P, 2)
    counted: Profit = clones.STUFFING.beside["emission"](ground, P, 2)

    assert (profit.earned, profit.honest_lost) == (0, 0)
    assert counted.rate > 0.6


def test_own_copies_when_found_change_nothing_for_their_owner(ground: Ground) -> None:
    own = partial(clones.CLONES.play, ground, {**P, "own": 1})

    assert all(own(seed).excess <= 0 for seed in range(3))
