"""The diagnostic against closed forms, and against an ablation regression as ContextCite (2409.00729) has it."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.attribution.toy_scorer import ToyPassage, additive, scored
from tallystick.errors import InvalidInput
from tallystick.pipeline.attribution.context.shapley import MOST_PASSAGES, diagnose, shapley_values


def passages(count: int) -> list[ToyPassage]:
    return [ToyPassage(order, f"passage {order}") for order in range(count)]


def ablation_weights(values: dict[frozenset[int], float], count: int, seed: int = 0) -> np.ndarray:
    """Least squares on 64 random ablations: what each passage adds where effects add up."""
    draw = np.random.default_rng(seed)
    masks = draw.random((64, count)) < 0.5
    told = np.array([values[frozenset(np.flatnonzero(m).tolist())] for m in masks])
    design = np.column_stack([masks, np.ones(len(masks))])
    return np.asarray(np.linalg.lstsq(design, told, rcond=None)[0][:-1])


def table(values: dict[tuple[int, ...], float], count: int) -> dict[frozenset[int], float]:
    sets = (s for n in range(count + 1) for s in itertools.combinations(range(count), n))
    return {frozenset(s): values.get(s, 0.0) for s in sets}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-20, 20), min_size=1, max_size=5))
def test_shapley_when_gains_add_up_is_each_gain_and_the_regressions_weight(gains: list[float]) -> None:
    worth = additive({f"passage {i}": g for i, g in enumerate(gains)})

    found = diagnose(scored(worth), passages(len(gains)))

    assert found.shapley == pytest.approx(gains, abs=1e-9)
    assert found.leave_one_out == pytest.approx(gains, abs=1e-9)
    values = {
        frozenset(s): sum(gains[i] for i in s)
        for n in range(len(gains) + 1)
        for s in itertools.combinations(range(len(gains)), n)
    }
    assert ablation_weights(values, len(gains)) == pytest.approx(gains, abs=1e-6)


def test_shapley_when_two_passages_are_copies_halves_what_leaving_one_out_calls_nothing() -> None:
    found = diagnose(scored(lambda context: 10.0 if context else 0.0), passages(2))

    assert found.shapley == pytest.approx((5.0, 5.0))
    assert found.leave_one_out == pytest.approx((0.0, 0.0))


def test_shapley_when_a_left_glove_meets_two_right_ones_is_the_textbooks() -> None:
    gloves = table({(0, 1): 1.0, (0, 2): 1.0, (0, 1, 2): 1.0}, 3)

    assert shapley_values(gloves, 3) == pytest.approx((2 / 3, 1 / 6, 1 / 6))


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-20, 20), min_size=16, max_size=16), st.permutations(range(4)))
def test_shapley_whatever_the_game_adds_up_and_does_not_know_names(
    worths: list[float], order: list[int]
) -> None:
    sets = [frozenset(s) for n in range(5) for s in itertools.combinations(range(4), n)]
    game = dict(zip(sets, worths, strict=True))
    renamed = {frozenset(order[i] for i in s): v for s, v in game.items()}

    found, other = shapley_values(game, 4), shapley_values(renamed, 4)

    assert sum(found) == pytest.approx(game[sets[-1]] - game[frozenset()], abs=1e-9)
    assert [other[order[i]] for i in range(4)] == pytest.approx(found, abs=1e-9)


def test_shapley_when_the_form_helps_does_not_count_it() -> None:
    found = diagnose(scored(lambda context: 4.0 if context else 0.0, form=4.0), passages(2))

    assert found.shapley == pytest.approx((0.0, 0.0))


def test_shapley_when_there_are_too_many_passages_refuses() -> None:
    with pytest.raises(InvalidInput, match="subsets"):
        diagnose(scored(lambda context: 0.0), passages(MOST_PASSAGES + 1))
