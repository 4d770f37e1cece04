"""Whom a paid passage is compared with in drawn answers and after a find; an auditor asks the same elsewhere."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.factories import asset_of
from support.retrieval.planes import Planes, told
from tallystick.domain.answers.usefulness import Asked, Lesson, Place, Standing
from tallystick.pipeline.inference.retrieval.library import APART, Library, Passage, place_of
from tallystick.pipeline.inference.retrieval.places import BEGIN
from tallystick.pipeline.inference.retrieval.rivals import DRAWN, FIRST, PROVEN, TRIES, is_drawn

QUESTION = "0 1.0"
MESSAGES = [{"role": "user", "content": QUESTION}]
# Answers to it that are drawn, and that are not.
DRAWS = [[token] for token in range(40 * DRAWN) if is_drawn([QUESTION], [token])]
OTHERS = [[token] for token in range(40) if not is_drawn([QUESTION], [token])]


def known(
    library: Library,
    passages: Sequence[Passage],
    *pairs: tuple[Place, Place],
    raised: Mapping[int, int] = MappingProxyType({}),
) -> None:
    """None of them is new, these later ones follow those earlier ones, and so many answers were raised."""
    standings = {place_of(p): Standing(place_of(p), BEGIN, raised.get(p.order, 0), TRIES) for p in passages}
    for later, earlier in pairs:
        standings[later] = Standing(later, BEGIN, 0, TRIES, ((earlier, 5),))
    library.usefulness.recall(standings.values())


def test_answers_when_drawn_are_one_in_so_many() -> None:
    texts = [f"question {n}" for n in range(4_000)]

    assert abs(sum(is_drawn([t], [1, 2]) for t in texts) / len(texts) * DRAWN - 1) < 0.3


def test_asked_when_the_answer_is_drawn_are_the_first_candidates_and_those_that_raised_most() -> None:
    passages = told(0.80, 0.65, 0.84, 0.83, 0.82, 0.81, 0.79, 0.85, 0.86)
    library = Library(passages, Planes())
    known(library, passages, raised={2: 3, 4: 9, 5: 1, 8: 9})
    shown, paid = [passages[2], passages[7]], passages[7]

    asked = library.asking(MESSAGES, shown, DRAWS[0])(paid)

    assert [p.order for p in asked] == [0, 3, 4, 5] and FIRST == 2
    assert not library.asking(MESSAGES, shown, OTHERS[0])(paid)


def test_asked_when_later_copies_crowd_the_question_are_still_the_first_and_the_proven() -> None:
    passages = told(*[0.84] * 3, *[0.849] * 30, 0.85)
    library, paid = Library(passages, Planes()), passages[-1]
    known(library, passages, raised={2: 50} | {k: 1 for k in range(3, 30)})

    asked = library.asking(MESSAGES, [paid], DRAWS[0])(paid)

    assert passages[:3] == asked[:3] and len(asked) == FIRST + PROVEN


def test_asked_when_a_passage_is_new_are_proven_candidates_whatever_is_drawn() -> None:
    passages = told(0.8, 0.82, 0.85)
    library = Library(passages, Planes())
    library.usefulness.recall([Standing(place_of(passages[1]), 0, raised=1)])

    assert library.asking(MESSAGES, [passages[2]], OTHERS[0])(passages[2]) == [passages[1]]


def test_asked_when_an_earlier_one_gave_it_before_is_that_one_where_the_question_is_near_it() -> None:
    passages = told(*[0.84] * 6, 0.85, 0.1)
    library, later = Library(passages, Planes()), passages[6]
    known(library, passages, (place_of(later), place_of(passages[5])))
    far = Library(told(0.1, 0.85), Planes())
    known(far, told(0.1, 0.85), ((asset_of("set 1"), 0), (asset_of("set 0"), 0)))

    assert library.asking(MESSAGES, [later], OTHERS[0])(later) == [passages[5]]
    assert far.asking(MESSAGES, [told(0.1, 0.85)[1]], OTHERS[0])(told(0.1, 0.85)[1]) == []


def test_asked_when_an_operator_leaves_out_whom_the_draw_names_are_told_all_the_same() -> None:
    passages = told(0.84, 0.85)
    auditor = Library(passages, Planes())

    assert auditor.asking(MESSAGES, [passages[1]], DRAWS[0], {})(passages[1]) == [passages[0]]
    assert auditor.asking(MESSAGES, [passages[1]], OTHERS[0], {})(passages[1]) == []


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_auditor_whatever_the_operator_remembered_asks_the_same_passages(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 14))
    near = st.integers(-40, 40).map(lambda steps: round(0.75 + steps * APART / 4, 7))
    cosines = data.draw(st.lists(near | st.sampled_from([0.85, 0.849, 0.6]), min_size=count, max_size=count))
    drift = data.draw(st.lists(st.floats(-APART / 4, APART / 4), min_size=count + 1, max_size=count + 1))
    passages = told(*cosines)
    operator, auditor = Library(passages, Planes()), Library(passages, Planes(drift))
    paid = data.draw(st.sampled_from(passages))
    shown = [paid, *data.draw(st.lists(st.sampled_from(passages), max_size=3))]
    remembered = data.draw(st.lists(st.sampled_from(passages), max_size=2))
    if data.draw(st.booleans()):
        known(operator, passages, raised={k: k % 3 for k in range(count)})
    for earlier in remembered:
        asked = Asked(place_of(earlier), place_of(paid), 5)
        operator.usefulness.learn(Lesson((place_of(paid),), frozenset({place_of(paid)}), (asked,)))
    answer = data.draw(st.sampled_from([DRAWS[0], OTHERS[0]]))

    theirs = operator.asking(MESSAGES, shown, answer)(paid)
    named = {place_of(paid): [place_of(p) for p in theirs]}

    assert list(auditor.asking(MESSAGES, shown, answer, named)(paid)) == list(theirs)


@pytest.mark.parametrize("answer", [DRAWS[0], OTHERS[0]])
def test_asked_when_nothing_is_in_the_index_are_none(answer: list[int]) -> None:
    passage = told(0.9)[0]

    assert Library([], Planes()).asking(MESSAGES, [passage], answer)(passage) == []
