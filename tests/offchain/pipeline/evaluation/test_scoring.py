"""Scores of examples: ratios keep their value, pairs become examples, and each score says what it is named for."""

import math

import numpy as np
import pytest

from tallystick.errors import InvalidInput
from tallystick.pipeline.evaluation.scoring import (
    Example,
    Likelihoods,
    example_of,
    examples_of,
    likelihood_scores,
    ratio_rows,
    summary,
    task_scores,
)

MR = "name[The Eagle], area[riverside]"


def test_examples_when_questions_repeat_have_several_references() -> None:
    made = examples_of([(MR, "At the river."), ("Why?", "So."), (MR, "By the river."), (MR, "At the river.")])

    assert [e.references for e in made] == [("At the river.", "By the river."), ("So.",)]
    assert made[0].slots == {"name": "The Eagle", "area": "riverside"} and made[1].slots is None


def test_task_scores_when_an_answer_is_the_reference_are_one() -> None:
    example = example_of(MR, ("The Eagle lies at the riverside.",))

    scores = task_scores([example], ["The Eagle lies at the riverside."])

    assert {name: float(row[0]) for name, row in scores.items() if name != "exact_facts"} == {
        "rouge_1": 1.0,
        "rouge_2": 1.0,
        "rouge_l": 1.0,
        "slot_accuracy": 1.0,
    }


def test_task_scores_when_an_answer_lacks_a_slot_or_a_fact_say_so() -> None:
    examples = [example_of(MR, ("The Eagle is at the riverside.",)), example_of(MR, ("A pub.",))]

    scores = task_scores(examples, ["The Eagle is nice.", "A pub."])
    facts = task_scores([Example("Who?", ("Ada did.", "Ada and Bea."))], ["Surely Ada."])

    assert scores["slot_accuracy"].tolist() == [0.5, 0.0]
    assert facts["exact_facts"].tolist() == [1.0] and "slot_accuracy" not in facts


def test_ratio_rows_when_averaged_give_the_ratio_and_its_spread() -> None:
    rng = np.random.default_rng(2)
    below = rng.integers(5, 60, 400).astype(float)
    above = below * 2.0 + rng.normal(0, 3, 400)

    rows = ratio_rows(above, below)
    drawn = [rng.integers(0, 400, 400) for _ in range(2000)]
    ratios = [above[d].sum() / below[d].sum() for d in drawn]

    assert rows.mean() == pytest.approx(above.sum() / below.sum(), rel=1e-12)
    assert rows.std() / 20 == pytest.approx(np.std(ratios), rel=0.08)


def test_likelihood_scores_when_summed_weigh_tokens_not_examples() -> None:
    found = [Likelihoods(10.0, 10, 1.0, 9), Likelihoods(60.0, 20, 5.0, 12)]

    made = {name: rows.mean() for name, rows in likelihood_scores(found).items()}

    assert made == pytest.approx({"nll": 70 / 30, "kl": 6 / 30, "top1_agreement": 21 / 30})
    assert set(likelihood_scores([Likelihoods(10.0, 10)])) == {"nll"}


def test_summary_when_there_is_a_likelihood_tells_perplexity() -> None:
    found = summary({"nll": np.array([1.0, 2.0, 3.0, 2.0])})

    assert found["perplexity"].mean == pytest.approx(math.exp(2.0))
    assert found["perplexity"].low < found["perplexity"].mean < found["perplexity"].high


def test_ratio_rows_when_there_is_nothing_to_divide_by_refuse() -> None:
    with pytest.raises(InvalidInput):
        ratio_rows(np.zeros(2), np.zeros(2))
