"""A late copy that took its original's place: the original is paid, and honest siblings keep what is theirs."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.attribution.toy_scorer import ASK, ToyPassage, ToyScorer, additive
from tallystick.domain.attribution import Passage
from tallystick.pipeline.attribution.context.earlier import Earlier, shared
from tallystick.pipeline.attribution.context.outcome import ContextOutcome, context_outcome

ANSWER = list(range(10))
FLOOR = 3_000_000
SLOWLY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
NATS = st.integers(-40_000_000, 40_000_000)


def best(worths: dict[str, float]) -> ToyScorer:
    """The answer has what its best passage gives."""
    return ToyScorer(lambda context: max((worths[text] for text in context), default=0.0))


def paid(
    scorer: ToyScorer, shown: list[ToyPassage], earlier: Earlier
) -> tuple[ContextOutcome, dict[str, int]]:
    found = context_outcome(scorer, ASK, shown, ANSWER, earlier=earlier)
    names = {ToyPassage(order, "").dataset_id: str(order) for order in range(100)}
    return found, {names[s.asset_id]: s.ppm for s in found.shares}


def like(*passages: ToyPassage) -> Earlier:
    def earlier(passage: Passage) -> list[ToyPassage]:
        return [p for p in passages if p.order < passage.order][:2]

    return earlier


@pytest.mark.parametrize("copies", [1, 4, 10])
def test_shares_when_copies_crowd_the_original_out_go_to_the_original(copies: int) -> None:
    original = ToyPassage(0, "original")
    crowd = [ToyPassage(10 + k, f"copy {k}") for k in range(copies)]
    scorer = best({"original": 20.0} | {p.text: 20.0 + 0.2 * k for k, p in enumerate(crowd)})

    found, shares = paid(scorer, crowd[:4], like(original, *crowd))

    assert shares == {"0": pytest.approx(1_000_000, abs=30_000)}
    outside = [e for e in found.evidence if e.asset_id == original.dataset_id]
    assert [e.value for e in outside] == [20.0] and "outside the prompt" in outside[0].reason
    assert outside[0].instead_of == (crowd[0].dataset_id, crowd[0].record_index)
    told = next(e for e in found.evidence if e.asset_id == crowd[0].dataset_id)
    assert told.value == 0 and "earlier passage" in told.reason


def test_shares_when_a_copy_is_better_leave_it_what_it_adds() -> None:
    original, better = ToyPassage(0, "original"), ToyPassage(1, "better")

    _, shares = paid(best({"original": 10.0, "better": 20.0}), [better], like(original))

    assert shares == {"0": 500_000, "1": 500_000}


def test_shares_when_an_earlier_sibling_holds_another_fact_are_untouched() -> None:
    sibling, right = ToyPassage(0, "sibling"), ToyPassage(1, "right")
    scorer = best({"sibling": 2.0, "right": 20.0})

    found, shares = paid(scorer, [right], like(sibling))

    assert shares == {"1": 1_000_000}
    assert [e.value for e in found.evidence] == [20.0, 0.0]


def test_shares_when_the_original_stood_in_the_prompt_ask_nothing_of_it_again() -> None:
    original, copy = ToyPassage(0, "original"), ToyPassage(1, "copy")
    scorer = best({"original": 20.0, "copy": 20.0})

    found, shares = paid(scorer, [original, copy], like(original))

    assert shares == {"0": 1_000_000} and len(found.evidence) == 2


def test_shares_when_an_earlier_one_repeats_what_stands_before_give_it_nothing() -> None:
    first, echo, second = ToyPassage(0, "first"), ToyPassage(1, "echo"), ToyPassage(2, "second")
    gains = additive({"first": 10.0, "second": 10.0})

    def worth(context: tuple[str, ...]) -> float:
        return gains(tuple({{"echo": "first"}.get(t, t) for t in context}))

    scorer = ToyScorer(worth)
    _, shares = paid(scorer, [first, second], lambda p: [echo] if p.order == 2 else [])

    assert shares == {"0": 500_000, "2": 500_000}


@SLOWLY
@given(NATS, st.lists(NATS, max_size=2), st.integers(0, 10_000_000))
def test_shared_whatever_was_measured_adds_up_to_no_more_than_alone(
    raised: int, earlier: list[int], floor: int
) -> None:
    found = shared(raised, earlier, floor)

    assert len(found) == len(earlier) + 1 and all(part >= 0 for part in found)
    assert sum(found) <= max(0, shared(raised, [], floor)[0])


@SLOWLY
@given(st.integers(2 * FLOOR, 40_000_000), st.integers(0, FLOOR))
def test_shared_when_a_copy_is_within_the_floor_of_its_original_leaves_it_nothing(
    worth: int, noise: int
) -> None:
    assert shared(worth + noise, [worth], FLOOR) == [worth, 0]
