"""Who gets a place: proven passages first, then a bounded number of tries, and nobody for ever."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.factories import asset_of
from support.retrieval.passages import Letters
from tallystick.domain.answers.usefulness import Asked, Lesson, Place, Standing
from tallystick.pipeline.inference.retrieval.library import Library, Passage, place_of
from tallystick.pipeline.inference.retrieval.places import (
    BEGIN,
    LIFT,
    MOST,
    PLACES,
    RETRY,
    after,
    chosen,
    learnt,
    passed_over,
)
from tallystick.pipeline.inference.retrieval.rivals import DOUBT, KNOWN, TRIES
from tallystick.pipeline.inference.retrieval.usefulness import Usefulness

PROVEN = BEGIN + 1
CREDITS = st.lists(st.integers(-RETRY, MOST), max_size=20)
QUESTION = "the weir was built in 1788"


def places(count: int) -> list[Place]:
    return [(asset_of(f"set {i}"), i) for i in range(count)]


@pytest.mark.parametrize(
    ("credits", "found"),
    [
        ([], []),
        ([BEGIN] * 9, [0, 1, 2, 3]),
        ([BEGIN] * 3 + [PROVEN] * 6, [0, 3, 4, 5, 6]),
        ([PROVEN] * 6 + [BEGIN] * 3, [0, 1, 2, 3]),
        ([PROVEN] * 3 + [BEGIN] * 3 + [PROVEN], [0, 1, 2, 3, 6]),
        ([0, PROVEN, 0, BEGIN, 0], [1, 3]),
        ([-RETRY, PROVEN, PROVEN], [0, 1, 2]),
        ([-RETRY + 1, PROVEN, PROVEN], [1, 2]),
        ([-RETRY] + [BEGIN] * 4, [1, 2, 3, 4]),
    ],
)
def test_chosen_when_passages_differ_in_credit_takes_the_proven_first(
    credits: list[int], found: list[int]
) -> None:
    assert chosen(credits) == found


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CREDITS)
def test_chosen_whatever_credits_are_is_bounded_and_pushes_out_no_proven_one(credits: list[int]) -> None:
    found = chosen(credits)

    proven = [i for i, credit in enumerate(credits) if credit > BEGIN]
    assert found == sorted(set(found)) and len(found) <= PLACES + 1
    assert [i for i in found if credits[i] > BEGIN] == proven[:PLACES]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(-RETRY, MOST), st.integers(0, 1)), max_size=9), st.booleans())
def test_learnt_whatever_happened_keeps_credits_in_bounds(
    told: list[tuple[int, int]], is_outdone: bool
) -> None:
    found = learnt([credit for credit, _ in told], [raised for _, raised in told], is_outdone)

    assert all(0 <= credit <= MOST for credit in found)
    assert all(new > old or new == MOST for (old, raised), new in zip(told, found, strict=True) if raised)


def test_learnt_when_one_raised_the_answer_takes_from_those_before_it_alone() -> None:
    assert learnt([5, 5, 5], [0, 1, 0], False) == [4, 5 + LIFT, 5]
    assert learnt([5, 5, 5], [0, 1, 0], True) == [4, 5 + LIFT, 4]
    assert learnt([5, 5, 0], [0, 0, 0], False) == [4, 4, 0]


def test_credit_when_spent_comes_back_by_one_answer() -> None:
    credit = 0
    for _ in range(3 * RETRY):
        credit = passed_over(credit)

    assert chosen([credit, PROVEN]) == [0, 1]
    assert after(credit, False) == 0 and 0 < after(credit, True) <= BEGIN


def lesson(shown: Sequence[Place], raised: Sequence[Place], *asked: Asked) -> Lesson:
    return Lesson(tuple(shown), frozenset(raised), asked)


def played(usefulness: Usefulness, nearest: Sequence[Place], useful: Place, answers: int) -> list[bool]:
    """Whether the useful one stood in the prompt of each answer."""
    found = []
    for _ in range(answers):
        shown = [
            nearest[i] for i in usefulness.let_in([(place, 1.0, (place[1], 0)) for place in nearest], 0.1)
        ]
        usefulness.learn(lesson(shown, [useful] if useful in shown else []))
        found.append(useful in shown)
    return found


def test_places_when_stuffed_passages_are_nearest_are_held_for_bounded_answers() -> None:
    *stuffed, useful = places(2 * PLACES + 3)

    found = played(Usefulness(), [*stuffed, useful], useful, 40)

    # Two rounds of PLACES stuffed ones and one beyond, BEGIN answers each.
    assert found.index(True) == 2 * BEGIN and all(found[2 * BEGIN :])


def test_places_when_the_useful_one_is_proven_are_not_taken_by_a_flood() -> None:
    *stuffed, useful = places(200)
    usefulness = Usefulness()
    usefulness.learn(lesson([useful], [useful]))

    assert all(played(usefulness, [*stuffed, useful], useful, 60))


def test_places_when_copies_that_nothing_finds_crowd_in_stay_with_the_original() -> None:
    original, *copies = places(12)
    usefulness = Usefulness()
    usefulness.learn(lesson([original], [original]))

    found = played(usefulness, [*copies, original], original, 200)

    assert all(found)
    assert sum(usefulness.credit(c) <= 0 for c in copies) == len(copies)


def test_places_when_an_earlier_passage_outside_the_prompt_was_paid_prove_it() -> None:
    copy, original = places(2)
    usefulness = Usefulness()

    usefulness.learn(lesson([copy], [original]))

    assert usefulness.credit(copy) == BEGIN - 1 and usefulness.credit(original) == BEGIN + LIFT


def test_original_when_drained_takes_over_what_a_copy_of_it_had() -> None:
    copy, original, another = places(3)
    usefulness = Usefulness()
    for _ in range(9):
        usefulness.learn(lesson([copy], [copy]))
        usefulness.learn(lesson([original, another], [another]))
    assert (usefulness.credit(copy), usefulness.credit(original)) == (MOST, 0)

    told = usefulness.learn(lesson([copy], [original], Asked(original, copy, 9_000_000)))

    assert usefulness.credit(original) == MOST and usefulness.credit(copy) == BEGIN
    assert usefulness.earlier_of(copy) == {original} and not usefulness.earlier_of(original)
    assert {s.place for s in told} == {copy, original}


def test_copy_when_it_adds_something_keeps_its_credit_and_its_earlier_one_is_remembered() -> None:
    copy, original = places(2)
    usefulness = Usefulness()

    usefulness.learn(lesson([copy], [copy, original], Asked(original, copy, 5_000_000)))

    assert usefulness.credit(copy) == usefulness.credit(original) == BEGIN + LIFT
    assert usefulness.earlier_of(copy) == {original}


def test_earlier_ones_when_there_are_many_are_those_that_gave_most() -> None:
    copy, *others = places(2 + KNOWN)
    usefulness = Usefulness()
    for gave, other in enumerate(others, start=1):
        usefulness.learn(lesson([copy], [copy, other], Asked(other, copy, gave)))
    usefulness.learn(lesson([copy], [copy], Asked(others[0], copy, 0)))

    assert usefulness.earlier_of(copy) == set(others[1:])


def test_passage_when_new_or_of_a_doubted_set_is_asked_about_whatever_is_drawn() -> None:
    (first, _), (other, _), original = places(3)
    copy, sibling = (first, 0), (first, 1)
    usefulness = Usefulness()
    usefulness.recall([Standing(p, BEGIN, tried=TRIES) for p in (copy, sibling, (other, 0))])
    assert not usefulness.is_asked_about(copy, drawn=False) and usefulness.is_asked_about(copy, drawn=True)
    assert usefulness.is_asked_about(original, drawn=False)

    usefulness.learn(lesson([copy], [original], Asked(original, copy, 9_000_000)))
    asked = []
    for _ in range(DOUBT + 1):
        asked.append(usefulness.is_asked_about(sibling, drawn=False))
        usefulness.learn(lesson([sibling], [sibling], Asked(original, sibling, 0)))

    assert asked == [True] * DOUBT + [False]
    assert not usefulness.is_asked_about((other, 0), drawn=False)


def test_usefulness_when_recalled_is_what_it_was() -> None:
    copy, original = places(2)
    one, two = Usefulness(), Usefulness()
    told = one.learn(lesson([copy], [original], Asked(original, copy, 9_000_000)))

    two.recall(told)

    assert [two.credit(p) for p in (copy, original)] == [one.credit(p) for p in (copy, original)]
    assert two.earlier_of(copy) == {original}


def test_search_when_passages_are_spent_gives_their_places_to_others() -> None:
    told = [Passage(asset_of("set"), 0, i, "weir", f"{QUESTION} {'ab' * i}") for i in range(8)]
    library = Library(told, Letters())
    first = library.search(QUESTION)
    for _ in range(BEGIN):
        library.usefulness.learn(lesson([place_of(p) for p in first], []))

    assert len(first) == PLACES + 1 and not set(first) & set(library.search(QUESTION))
