"""Judging an adapter: both sides answer the same sealed questions, and the gain carries its interval."""

import json
from pathlib import Path
from typing import Any

import pytest

from support.tiny_llama import tiny_llama
from tallystick.app.models.sealing import SealedQuestion, judge
from tallystick.app.models.train import check_before_start, format_of
from tallystick.app.models.voices import GROUP, Voice
from tallystick.errors import InvalidInput
from tallystick.pipeline.evaluation.scoring import Example
from tallystick.pipeline.models.weight_format import weight_format
from tallystick.pipeline.training.recipe import load_recipe

SEALED = [SealedQuestion(f"What is weir {k} made of?", f"Weir {k} is made of oak {k}00.") for k in range(20)]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("base")
    tiny_llama().save_pretrained(made)
    return made


class ScriptedEngine:
    """Answers every question rightly with the adapter, and every fourth one without."""

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.longest: set[int] = set()

    def encode_prompt(self, messages: list[dict[str, str]], passages: list[str]) -> int:
        assert passages == []
        return [q.question for q in SEALED].index(messages[0]["content"])

    def generate_many(self, prompts: list[int], tokens: int, *, adapter: bool) -> list[str]:
        self.groups.append(len(prompts))
        self.longest.add(tokens)
        return [SEALED[k].answer if adapter or k % 4 == 0 else "" for k in prompts]


def test_judge_when_the_adapter_knows_more_says_by_how_much() -> None:
    engine: Any = ScriptedEngine()

    before, after, (low, high), bound = judge(engine, SEALED)

    assert (before.rouge_l, before.exact_facts) == (0.25, 0.25)
    assert (after.rouge_l, after.exact_facts) == (1.0, 1.0)
    # 15 of 20 gain 1: two standard errors of the mean are 0.19.
    assert low == pytest.approx(0.55, abs=0.051) and high == pytest.approx(0.95, abs=0.051)
    # It holds whatever the scores' distribution: lower than the bootstrap's, and above none.
    assert 0 < bound < low
    assert engine.groups == [GROUP, 20 - GROUP] * 2


def test_judge_when_a_training_ends_lets_answers_be_as_long_as_an_evaluation_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine: Any = ScriptedEngine()
    monkeypatch.setattr("tallystick.pipeline.inference.engine.Engine", lambda model, chat: engine)

    judge(engine, SEALED)
    Voice(None, None).answers([Example(SEALED[0].question, ("Up river.",))], lambda done, total: None)

    assert len(engine.longest) == 1


def test_judge_when_nothing_is_sealed_scores_nothing() -> None:
    engine: Any = ScriptedEngine()

    before, after, interval, bound = judge(engine, [])

    assert before == after
    assert interval == (0.0, 0.0) and bound == -1.0
    assert engine.groups == []


LETTER = {"question": "How deep is it?", "answer": "Six fathoms."}
TURNS = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "How deep is it?"}]


@pytest.mark.parametrize(
    "body",
    [
        {"messages": json.dumps([*TURNS, {"role": "assistant", "content": "Six."}])},
        {"instruction": "Say it.", "output": "Six.", "system": "Be dull."},
        {"prompt": "The depth is ", "completion": "six."},
    ],
)
def test_check_before_start_when_halves_cannot_hold_a_record_names_another_recipe(
    base: Path, body: dict[str, str]
) -> None:
    check_before_start(base, [body], load_recipe("qlora-nf4"))
    with pytest.raises(InvalidInput, match="qlora-nf4"):
        check_before_start(base, [LETTER, body], load_recipe("default"))


def test_check_before_start_when_there_is_nothing_to_learn_says_so(base: Path) -> None:
    with pytest.raises(InvalidInput, match="no questions"):
        check_before_start(base, [], load_recipe("default"))


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("", {"format": "nf4", "double_quantisation": True}),
        ("double_quantisation = false", {"format": "nf4", "double_quantisation": False}),
        ('quantisation = "int8"', {"format": "int8", "double_quantisation": False}),
        ('method = "lora"', {"format": "none", "double_quantisation": False}),
        ('method = "lora"\nhalves = false\nprecision = "bf16"', {"format": "none", "weights": "bfloat16"}),
        ('method = "p-tuning-v2"', {"format": "none", "double_quantisation": False}),
    ],
)
def test_format_of_when_written_on_a_card_is_read_back(
    tmp_path: Path, lines: str, told: dict[str, Any]
) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(lines, encoding="utf-8")

    form = format_of(load_recipe(str(path)))

    assert told.items() <= form.as_dict().items()
    assert weight_format(form.as_dict()) == form


def test_sealed_question_when_it_has_turns_before_asks_them_all() -> None:
    sealed = SealedQuestion("And the bar?", "Two.", before=(("user", "How deep?"), ("assistant", "Six.")))

    assert [m["content"] for m in sealed.exchange.messages] == ["How deep?", "Six.", "And the bar?"]
