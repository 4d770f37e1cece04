"""Judging an adapter: both sides answer the same sealed questions, and the gain carries its interval."""

from pathlib import Path
from typing import Any

import pytest

from tallystick.app.models.train import GROUP, SealedQuestion, check_served, judge
from tallystick.errors import InvalidInput
from tallystick.pipeline.training.recipe import load_recipe

SEALED = [SealedQuestion(f"What is weir {k} made of?", f"Weir {k} is made of oak {k}00.") for k in range(20)]


class ScriptedEngine:
    """Answers every question rightly with the adapter, and every fourth one without."""

    def __init__(self) -> None:
        self.groups: list[int] = []

    def encode_prompt(self, messages: list[dict[str, str]], passages: list[str]) -> int:
        assert passages == []
        return [q.question for q in SEALED].index(messages[0]["content"])

    def generate_many(self, prompts: list[int], tokens: int, *, adapter: bool) -> list[str]:
        self.groups.append(len(prompts))
        return [SEALED[k].answer if adapter or k % 4 == 0 else "" for k in prompts]


def test_judge_when_the_adapter_knows_more_says_by_how_much() -> None:
    engine: Any = ScriptedEngine()

    before, after, (low, high) = judge(engine, SEALED)

    assert (before.rouge_l, before.exact_facts) == (0.25, 0.25)
    assert (after.rouge_l, after.exact_facts) == (1.0, 1.0)
    # 15 of 20 gain 1: two standard errors of the mean are 0.19.
    assert low == pytest.approx(0.55, abs=0.051) and high == pytest.approx(0.95, abs=0.051)
    assert engine.groups == [GROUP, 20 - GROUP] * 2


def test_judge_when_nothing_is_sealed_scores_nothing() -> None:
    engine: Any = ScriptedEngine()

    before, after, interval = judge(engine, [])

    assert before == after
    assert interval == (0.0, 0.0)
    assert engine.groups == []


@pytest.mark.parametrize(
    "lines",
    [
        'method = "lora"',
        'method = "qlora"\nquantisation = "fp4"',
        'method = "qlora"\ndouble_quantisation = false',
    ],
)
def test_train_when_the_base_would_not_be_served_so_refuses_before_it_is_loaded(
    tmp_path: Path, lines: str
) -> None:
    recipe = tmp_path / "other.toml"
    recipe.write_text(lines + "\n", encoding="utf-8")

    with pytest.raises(InvalidInput, match="NF4"):
        check_served(load_recipe(str(recipe)))
