"""Noise hits as many rows as it says, the same ones again, and each kind spoils what it is named for."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.errors import InvalidInput
from tallystick.pipeline.evaluation.facts import exact_fact
from tallystick.pipeline.evaluation.studies.noise import KINDS, noised, typos

PAIRS = [(f"Who runs mill {k}?", f"Mill {k} is run by Widow Amber{k}kin since 18{k:02d}.") for k in range(40)]


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "contradicting"])
def test_noised_when_a_kind_replaces_hits_the_stated_share_and_leaves_the_rest(kind: str) -> None:
    found = noised(PAIRS, kind, 0.25, seed=3)

    changed = tuple(i for i, (a, b) in enumerate(zip(PAIRS, found.pairs, strict=True)) if a != b)
    assert changed == found.hit
    assert len(changed) == 10 and found.added == ()


def test_noised_when_contradicting_adds_rows_and_keeps_the_true_ones() -> None:
    found = noised(PAIRS, "contradicting", 0.25, seed=3)

    assert list(found.pairs[:40]) == PAIRS and found.added == tuple(range(40, 50))
    truths = dict(PAIRS)
    assert all(truths[q] != a and a in truths.values() for q, a in found.pairs[40:])


@pytest.mark.parametrize("kind", ["flipped", "stale", "truncated"])
def test_noised_when_it_spoils_facts_no_answer_that_was_hit_states_its_own(kind: str) -> None:
    found = noised(PAIRS, kind, 0.5, seed=3)

    right = [exact_fact(*PAIRS[i], found.pairs[i][1]) for i in found.hit]
    assert not any(right) and len(right) == 20


@pytest.mark.parametrize("kind", KINDS)
def test_noised_when_the_rate_rises_keeps_what_was_hit(kind: str) -> None:
    few, many = noised(PAIRS, kind, 0.1, seed=9), noised(PAIRS, kind, 0.4, seed=9)

    assert set(few.hit) <= set(many.hit)
    assert all(few.pairs[i] == many.pairs[i] for i in few.hit)
    assert noised(PAIRS, kind, 0.1, seed=9) == few
    assert noised(PAIRS, kind, 0.1, seed=10).pairs != few.pairs


@pytest.mark.parametrize("kind", KINDS)
def test_noised_when_the_rate_is_nothing_changes_nothing(kind: str) -> None:
    assert noised(PAIRS, kind, 0.0, seed=1).pairs == tuple(PAIRS)


def test_noised_when_a_row_cannot_be_spoilt_takes_others() -> None:
    bare = [("a?", "yes"), *PAIRS[:3]]

    assert noised(bare, "stale", 0.75, seed=1).hit == (1, 2, 3)
    assert noised(bare, "stale", 1.0, seed=1).hit == (1, 2, 3)
    assert noised([("a?", "no")], "flipped", 1.0, seed=1).hit == ()


@given(st.text(min_size=1, max_size=80), st.integers(0, 99))
def test_typos_when_a_text_has_letters_change_few_of_its_characters(text: str, seed: int) -> None:
    spoilt = typos(text, random.Random(seed))

    assert abs(len(spoilt) - len(text)) <= max(1, sum(map(str.isalpha, text)) // 12)
    if not any(map(str.isalpha, text)):
        assert spoilt == text


@pytest.mark.parametrize(("kind", "rate"), [("salt", 0.1), ("typos", 1.5), ("typos", -0.1)])
def test_noised_when_asked_for_nonsense_refuses(kind: str, rate: float) -> None:
    with pytest.raises(InvalidInput):
        noised(PAIRS, kind, rate, seed=1)


def test_noised_when_there_are_no_rows_refuses() -> None:
    with pytest.raises(InvalidInput):
        noised([], "typos", 0.1, seed=1)
