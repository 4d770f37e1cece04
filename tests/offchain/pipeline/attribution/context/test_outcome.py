"""The retrieval pot's shares: never more than was earned, and nothing for the form or for what nobody is paid for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.attribution.toy_scorer import ASK, ToyPassage, ToyScorer, additive
from tallystick.domain.ids import Pot
from tallystick.pipeline.attribution.context.outcome import context_outcome

ANSWER = list(range(10))


def toy(gains: dict[str, float], form: float = 0.0) -> ToyScorer:
    return ToyScorer(additive(gains), form)


def test_outcome_when_one_passage_carries_the_answer_pays_it_the_retrieval_pot() -> None:
    found = context_outcome(toy({"a": 0.0, "b": 20.0}), ASK, [ToyPassage(1, "b"), ToyPassage(0, "a")], ANSWER)

    assert [(s.asset_id, s.pot, s.ppm) for s in found.shares] == [
        (ToyPassage(1, "b").dataset_id, Pot.RETRIEVAL, 1_000_000)
    ]
    assert found.training_ppm == 0
    assert (found.gains.adapter, found.gains.context) == pytest.approx((-4.0, -2.0))
    assert [e.value for e in found.evidence] == pytest.approx([20.0, 0.0])


def test_outcome_when_passages_help_only_together_leaves_the_rest_to_nobody() -> None:
    scorer = ToyScorer(lambda context: {0: 0.0, 1: 8.0}.get(len(context), 20.0))

    found = context_outcome(scorer, ASK, [ToyPassage(0, "a"), ToyPassage(1, "b")], ANSWER)

    assert [s.ppm for s in found.shares] == [400_000, 400_000]


def test_outcome_when_one_data_set_gave_two_passages_adds_them_up() -> None:
    given_ = [ToyPassage(0, "a", 1), ToyPassage(0, "b", 2), ToyPassage(1, "c")]

    found = context_outcome(toy({"a": 6.0, "b": 6.0, "c": 12.0}), ASK, given_, ANSWER)

    assert [s.ppm for s in found.shares] == [500_000, 500_000]


def test_outcome_when_only_the_form_helped_pays_nobody() -> None:
    found = context_outcome(
        ToyScorer(lambda context: 9.0 if context else 0.0, 9.0), ASK, [ToyPassage(0, "a")], ANSWER
    )

    assert found.shares == () and found.gains.context == found.gains.adapter


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-30, 30), min_size=1, max_size=5), st.floats(-20, 20))
def test_outcome_whatever_was_gained_never_passes_the_pot(gains: list[float], form: float) -> None:
    told = {f"p{i}": g for i, g in enumerate(gains)}

    found = context_outcome(toy(told, form), ASK, [ToyPassage(i, t) for i, t in enumerate(told)], ANSWER)

    assert sum(s.ppm for s in found.shares) + found.training_ppm <= 1_000_000
    assert all(s.ppm > 0 for s in found.shares)
