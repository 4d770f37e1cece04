"""The gate: the rule binds, the decision follows from the bound, and repeated looks cost confidence."""

from dataclasses import replace

import numpy as np
import pytest

from tallystick.errors import InvalidInput
from tallystick.pipeline.evaluation.gate import MOST_LOOKS, GateRule, decide, read_rule

RULE = GateRule("rouge_2", 0.02, 0.95)


def scores(mean: float, seed: int, count: int = 600) -> list[float]:
    drawn = np.random.default_rng(seed).normal(mean, 0.05, count)
    return [float(s) for s in np.clip(drawn, 0, 1)]


def test_decide_when_the_candidate_is_as_good_passes() -> None:
    decided = decide(RULE, scores(0.40, 1), scores(0.40, 2))

    assert decided.passed
    assert -0.02 < decided.low < decided.gain < 0.01
    assert decided.ppm[1] <= decided.low * 1e6 and decided.ppm[1] <= decided.ppm[0]


def test_decide_when_the_candidate_is_worse_refuses_with_the_numbers() -> None:
    decided = decide(RULE, scores(0.30, 1), scores(0.40, 2))

    assert not decided.passed
    numbers = (decided.candidate, decided.incumbent, decided.gain, decided.low)
    assert all(f"{n:.4f}" in decided.reason for n in numbers) and "may be worse" in decided.reason
    assert decided.ppm[1] < -20_000


def test_decide_when_examples_are_few_needs_a_clear_gain() -> None:
    assert not decide(RULE, [0.5] * 20, [0.5] * 20).passed
    assert decide(RULE, [0.9] * 20, [0.3] * 20).passed


def test_decide_when_a_set_judges_again_asks_for_more_each_time() -> None:
    same = scores(0.40, 1), scores(0.40, 2)

    bounds = [decide(RULE, *same, look=k).low for k in (1, 2, 5)]
    spent = sum(1 - decide(RULE, *same, look=k).confidence for k in range(1, MOST_LOOKS + 1))

    assert bounds == sorted(bounds, reverse=True) and len(set(bounds)) == 3
    assert spent <= 0.05
    with pytest.raises(InvalidInput, match="fresh set"):
        decide(RULE, *same, look=MOST_LOOKS + 1)


def test_decide_when_candidates_are_worse_at_the_margin_errs_no_more_than_stated_in_all_looks() -> None:
    rng = np.random.default_rng(3)
    slipped = 0
    for _ in range(60):
        serving = rng.beta(4, 5, 80)
        worse = [np.clip(serving - 0.02 + rng.normal(0, 0.03, 80), 0, 1).tolist() for _ in range(3)]
        slipped += any(decide(RULE, w, serving.tolist(), look=k).passed for k, w in enumerate(worse, 1))

    # 60 trials of chance 0.05 exceed 8 once in 300.
    assert slipped <= 8


def test_rule_when_written_and_read_is_the_same_and_binds() -> None:
    assert read_rule(RULE.as_dict) == RULE
    assert len({RULE.digest, replace(RULE, margin=0.01).digest, replace(RULE, score="rouge_l").digest}) == 3


@pytest.mark.parametrize("changed", [{"score": "bleu"}, {"margin": -0.1}, {"confidence": 1.0}])
def test_rule_when_it_makes_no_sense_is_refused(changed: dict[str, float]) -> None:
    with pytest.raises(InvalidInput):
        replace(RULE, **changed)


def test_decide_when_scores_do_not_pair_refuses() -> None:
    with pytest.raises(InvalidInput, match="pair"):
        decide(RULE, [0.1], [0.1, 0.2])
