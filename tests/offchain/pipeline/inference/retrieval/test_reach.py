"""How far passages may stand from a question: a made one that is nearest sets no limit for what has proven useful."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.retrieval.planes import Planes, told
from tallystick.domain.answers.usefulness import Lesson, Standing
from tallystick.pipeline.inference.retrieval.library import FLOOR, WINDOW, Library, Passage, place_of
from tallystick.pipeline.inference.retrieval.places import BEGIN, MOST, PLACES, RETRY, chosen
from tallystick.pipeline.inference.retrieval.reach import Candidate, standing, within
from tallystick.pipeline.inference.retrieval.rivals import is_drawn

PROVEN = BEGIN + 1
QUESTION = "0 1.0"
MESSAGES = [{"role": "user", "content": QUESTION}]
CANDIDATE = st.tuples(st.integers(-RETRY, MOST), st.floats(FLOOR, 1.0))


def library(passages: list[Passage], *credits: int) -> Library:
    made = Library(passages, Planes())
    made.usefulness.recall(Standing(place_of(p), c) for p, c in zip(passages, credits, strict=True))
    return made


def found(made: Library) -> list[int]:
    return [p.order for p in made.search(QUESTION)]


def candidates(credits: list[int], cosines: list[float]) -> list[Candidate]:
    """The last one is the first in commit order."""
    last = len(credits)
    return [Candidate(*told_, (last - i, 0)) for i, told_ in enumerate(zip(credits, cosines, strict=True))]


@pytest.mark.parametrize(
    ("credits", "cosines", "stand"),
    [
        ([BEGIN, BEGIN, BEGIN], [0.9, 0.7, 0.65], [0, 2]),
        ([BEGIN] * 6, [0.9] * 6, [0, 1, 2, 3, 5]),
        ([BEGIN, PROVEN, PROVEN], [0.9, 0.75, 0.62], [0, 1]),
        ([BEGIN, PROVEN, BEGIN], [0.9, 0.75, 0.62], [0, 1, 2]),
        ([*[BEGIN] * 5, PROVEN], [*[0.9] * 5, 0.7], [0, 1, 2, 3, 5]),
        ([PROVEN, PROVEN, BEGIN], [0.9, 0.7, 0.7], [0]),
        ([BEGIN, PROVEN, PROVEN, PROVEN], [0.9, 0.82, 0.75, 0.7], [0, 1, 2]),
        ([0, PROVEN, PROVEN, BEGIN, PROVEN], [0.9, 0.75, 0.7, 0.72, 0.62], [1, 2, 3]),
        ([0, 0, BEGIN, BEGIN], [0.9, 0.85, 0.65, 0.7], [3]),
        ([-RETRY, 0, PROVEN], [0.9, 0.85, 0.65], [0, 2]),
        ([0, 0], [0.9, 0.7], []),
        ([PROVEN, BEGIN], [0.7, 0.9], [0, 1]),
    ],
)
def test_standing_when_the_nearest_has_proven_nothing_goes_on_to_what_was_there_before(
    credits: list[int], cosines: list[float], stand: list[int]
) -> None:
    assert standing(candidates(credits, cosines), WINDOW) == stand


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CANDIDATE, min_size=1, max_size=20))
def test_standing_whatever_credits_are_is_bounded_and_takes_no_place_in_the_window(
    told_: list[tuple[int, float]],
) -> None:
    there = candidates([c for c, _ in told_], [c for _, c in told_])
    near = within(there, range(len(there)), WINDOW)

    stand = standing(there, WINDOW)

    assert stand == sorted(set(stand)) and len(stand) <= PLACES + 1
    assert {near[i] for i in chosen([there[i].credit for i in near])} <= set(stand)
    assert all(there[i].credit > 0 for i in stand if i not in near)
    assert any(there[i].credit > BEGIN for i in stand) == any(one.credit > BEGIN for one in there)
    assert bool(stand) or all(one.credit <= 0 for one in there)


def test_search_when_made_passages_on_trial_are_nearest_lets_the_proven_one_in_beside_all_of_them() -> None:
    made = library(told(0.65, *[0.9] * 6), PROVEN, *[BEGIN] * 6)

    assert sorted(found(made)) == [0, 1, 2, 3, 4]


def test_search_when_made_passages_are_spent_is_as_if_they_were_not_there() -> None:
    alone = library(told(0.65, 0.7, 0.74), PROVEN, PROVEN, PROVEN)
    flooded = library(told(0.65, 0.7, 0.74, 0.95, 0.96), PROVEN, PROVEN, PROVEN, 0, 0)

    assert found(alone) == found(flooded) == [2, 1, 0]


def test_search_when_all_near_are_spent_tries_the_first_of_the_others() -> None:
    made = library(told(0.65, 0.7, 0.95), BEGIN, BEGIN, 0)

    assert found(made) == [0]


def test_search_when_later_passages_crowd_in_before_anything_is_proven_keeps_the_first_one() -> None:
    passages = told(0.7, *[0.9] * 30)
    made = Library(passages, Planes())
    for _ in range(BEGIN):
        shown = [place_of(p) for p in made.search(QUESTION)]
        assert place_of(passages[0]) in shown and len(shown) == PLACES + 1
        made.usefulness.learn(Lesson(tuple(shown), frozenset(), ()))

    assert 0 not in found(made)


def test_search_when_new_passages_are_nearest_keeps_all_their_places() -> None:
    new = [*[0.9] * PLACES, 0.89]
    popular = library(told(*new, *[0.7] * 9), *[BEGIN] * 5, *[MOST] * 9)

    assert found(popular)[:PLACES] == found(library(told(*new), *[BEGIN] * 5))[:PLACES] == [0, 1, 2, 3]
    assert len(found(popular)) == PLACES + 1


def test_search_when_a_far_proven_passage_raises_nothing_loses_its_way_in() -> None:
    made = library(told(0.65, 0.9), MOST, BEGIN)
    shown = []
    for _ in range(2 * MOST):
        passages = made.search(QUESTION)
        shown.append(0 in [p.order for p in passages])
        made.usefulness.learn(Lesson(tuple(map(place_of, passages)), frozenset(), ()))

    assert sum(shown) <= MOST and not any(shown[MOST:])


def test_asked_when_an_echo_is_nearest_still_has_the_original_of_a_copy_that_is_far_from_it() -> None:
    original, copy, _ = passages = told(0.68, 0.72, 0.95)
    drawn = next([token] for token in range(999) if is_drawn([QUESTION], [token]))

    asked = library(passages, 0, PROVEN, 0).asking(MESSAGES, [copy], drawn, {})(copy)

    assert asked == [original]
