"""The context channel against closed forms, and the properties that pay must have whatever the answer."""

import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.attribution.toy_scorer import ASK, ToyPassage, ToyScorer, additive, scored
from tallystick.errors import InvalidInput
from tallystick.pipeline.attribution.context.channel import FLOOR_NATS, context_values, floor_of
from tallystick.pipeline.attribution.context.prompts import DECOYS, Scored, in_commit_order

GAINS = st.lists(st.floats(-30, 30), min_size=1, max_size=5)
FLOOR = floor_of(10)


def passages(count: int) -> list[ToyPassage]:
    return [ToyPassage(order, f"passage {order}") for order in range(count)]


def by_text(gains: list[float]) -> dict[str, float]:
    return {f"passage {i}": gain for i, gain in enumerate(gains)}


@pytest.mark.parametrize(
    ("gains", "paid"),
    [
        ([8.0, 7.0], [8.0, 7.0]),
        ([8.0, 0.0, 0.0, 0.0], [8.0, 0.0, 0.0, 0.0]),
        ([0.0, 0.0, 0.0, 8.0], [0.0, 0.0, 0.0, 8.0]),
        ([0.0, 8.0, -3.0, 9.0], [0.0, 8.0, 0.0, 6.0]),
        ([-6.0, 14.0], [0.0, 8.0]),
        ([8.0, 4.5], [8.0, 3.0]),
        ([0.2, 0.1, 0.3], [0.0, 0.0, 0.0]),
    ],
)
def test_values_when_gains_add_up_are_the_rises_of_their_running_maximum(
    gains: list[float], paid: list[float]
) -> None:
    found = context_values(scored(additive(by_text(gains))), passages(len(gains)), screening=0)

    assert found.values == pytest.approx(paid, abs=1e-5)


def test_values_when_a_passage_helps_only_beside_another_are_capped_by_what_it_gains_alone() -> None:
    def worth(context: tuple[str, ...]) -> float:
        return {0: 0.0, 1: 8.0}.get(len(context), 20.0)

    found = context_values(scored(worth), passages(2))

    assert found.values == pytest.approx([8.0, 8.0], abs=1e-5)
    assert found.gained == pytest.approx(20.0)


def test_values_when_a_copy_comes_later_leave_it_nothing_and_the_first_all() -> None:
    found = context_values(scored(lambda context: 9.0 if context else 0.0), passages(3))

    assert found.values == pytest.approx([9.0, 0.0, 0.0])
    assert found.reason(1) == "added nothing to what stood before it"


@pytest.mark.parametrize("gain", [0.0, 0.9 * FLOOR, -5.0])
def test_values_when_the_answer_uses_no_passage_pay_nothing_and_score_no_prefix(gain: float) -> None:
    told = scored(lambda context: gain if len(context) == 4 else 30.0 * bool(context))

    found = context_values(told, passages(4))

    assert found.values == (0.0,) * 4 and found.gained == 0
    assert [len(c) for c in told.scorer.asked] == [4]  # type: ignore[attr-defined]
    assert "no use" in found.reason(0)


def test_values_when_the_mere_form_helps_pay_nobody_for_it() -> None:
    helped = context_values(scored(lambda context: 6.0 if context else 0.0, form=6.0), passages(2))
    told = context_values(
        scored(lambda context: 6.0 + 9.0 * ("passage 1" in context) if context else 0.0, form=6.0),
        passages(2),
    )

    assert helped.values == (0.0, 0.0)
    assert told.values == pytest.approx((0.0, 9.0))
    assert (told.start - told.plain, told.gained) == pytest.approx((6.0, 9.0))


def test_values_when_the_form_hurts_begin_at_the_question_alone() -> None:
    found = context_values(scored(lambda context: 7.0 if context else 0.0, form=-12.0), passages(1))

    assert found.values == pytest.approx((7.0,))


@pytest.mark.parametrize("room", [0, 1])
def test_values_when_decoys_do_not_fit_the_model_begin_with_those_that_do(room: int) -> None:
    class Narrow(ToyScorer):
        def encode_prompt(self, messages: Any, context: Sequence[str]) -> list[int]:
            if sum(text in DECOYS for text in context) > room:
                raise InvalidInput("The prompt is too long.")
            return super().encode_prompt(messages, context)

    told = Narrow(lambda context: 8.0 if context == DECOYS[:1] else 20.0 * bool(context))

    found = context_values(Scored(told, ASK, list(range(10))), passages(1))

    assert found.start - found.plain == pytest.approx(8.0 * room)
    assert found.values == pytest.approx((20.0 - 8.0 * room,))


def test_values_when_nothing_was_retrieved_are_empty() -> None:
    found = context_values(scored(lambda context: 0.0), [])

    assert (found.values, found.gained, found.start) == ((), 0.0, found.plain)


def test_floor_when_answers_are_long_grows_with_them() -> None:
    assert floor_of(1) == FLOOR_NATS < floor_of(1_000)


@settings(max_examples=150, deadline=None)
@given(GAINS, st.sampled_from([0.0, 1.0]))
def test_values_whatever_the_gains_never_pass_what_was_gained(gains: list[float], screening: float) -> None:
    found = context_values(scored(additive(by_text(gains))), passages(len(gains)), screening=screening)

    assert all(v >= 0 for v in found.values)
    assert sum(found.values) <= found.gained + 1e-5
    for value, alone in zip(found.values, found.alone, strict=True):
        assert value == 0 or (alone is not None and value <= alone + 1e-5)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 30), min_size=1, max_size=6))
def test_values_when_gains_rise_are_those_of_every_prefix_within_a_floor_each(gains: list[float]) -> None:
    told, every = (
        context_values(scored(additive(by_text(gains))), passages(len(gains)), screening=s)
        for s in (1.0, 0.0)
    )

    assert sum(abs(a - b) for a, b in zip(told.values, every.values, strict=True)) <= 2 * FLOOR * len(gains)


@settings(max_examples=100, deadline=None)
@given(GAINS, st.integers(0, 4), st.floats(0, 10))
def test_values_when_one_passage_gains_more_never_pay_it_less(
    gains: list[float], place: int, more: float
) -> None:
    chosen = place % len(gains)
    raised = [g + more * (i == chosen) for i, g in enumerate(gains)]

    before, after = (
        context_values(scored(additive(by_text(g))), passages(len(g)), screening=0) for g in (gains, raised)
    )

    assert after.values[chosen] >= before.values[chosen] - 1e-5


@settings(max_examples=100, deadline=None)
@given(GAINS, st.integers(0, 4))
def test_values_when_a_copy_is_appended_change_for_nobody(gains: list[float], copied: int) -> None:
    """A copy of any passage, later in commit order, that the answer gains nothing from."""
    alike = by_text(gains) | {"copy": gains[copied % len(gains)]}

    def worth(context: tuple[str, ...]) -> float:
        return sum(alike[t] for t in set(context) if t != "copy" or set(context) == {"copy"})

    before = context_values(scored(worth), passages(len(gains)), screening=0)
    after = context_values(scored(worth), [*passages(len(gains)), ToyPassage(99, "copy")], screening=0)

    assert after.values[:-1] == pytest.approx(before.values) and after.values[-1] == 0


@pytest.mark.parametrize("at", range(4))
def test_values_when_one_passage_of_four_decides_score_few_prefixes(at: int) -> None:
    told = scored(lambda context: 20.0 * (f"passage {at}" in context))

    found = context_values(told, passages(4))

    assert [round(v, 5) for v in found.values] == [20.0 * (i == at) for i in range(4)]
    assert len(told.scorer.asked) <= 4  # type: ignore[attr-defined]


def test_order_when_passages_come_best_first_is_that_of_their_commits() -> None:
    found = [ToyPassage(3, "d"), ToyPassage(1, "b", 7), ToyPassage(1, "a", 2)]

    for given_ in itertools.permutations(found):
        assert [p.text for p in in_commit_order(given_)] == ["a", "b", "d"]
