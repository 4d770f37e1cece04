"""Judging on what was sealed at training: conversations by their last answer, given all that was said before."""

import json
from pathlib import Path
from typing import Any, cast

import pytest
from peft import LoraConfig, get_peft_model

from support.training_desk import dataset, make_base, questions, set_desk
from tallystick.app.models.evaluation_sets import EvaluationSets
from tallystick.app.models.judging import Judge
from tallystick.app.models.sealing import examples_from, questions_of
from tallystick.app.models.voices import Voice
from tallystick.app.models.workshop import Workshop
from tallystick.pipeline.evaluation.gate import GateRule
from tallystick.pipeline.evaluation.scoring import Example
from tallystick.pipeline.models.loading import load_base

RECIPE = 'method = "lora"\nhalves = false\nrank = 2\nalpha = 4\nepochs = 1\nminibatch = 8\npacking = true\n'
PLACES = ("Ash", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch", "Maple", "Oak", "Pine", "Rowan", "Yew")


def talk(place: str) -> dict[str, str]:
    said = (
        ("system", "Be brief."),
        ("user", f"Where is {place}?"),
        ("assistant", f"{place} is up river."),
        ("user", "Who lives there?"),
        ("assistant", f"Widow {place[::-1]}."),
    )
    return {"messages": json.dumps([{"role": r, "content": c} for r, c in said])}


TALKS = [talk(place) for place in PLACES]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("base"))


def trained(base: Path, home: Path, bodies: list[dict[str, str]], sealed: str = "") -> Judge:
    (recipe := home.with_suffix(".toml")).write_text(RECIPE, encoding="utf-8")
    (rules := home.with_suffix(".care.toml")).write_text('ignored = ["near_copy", "near_leak"]\n')
    desk, given, chain = set_desk(home, base, [dataset(1, bodies)])
    if sealed:
        EvaluationSets(home).commit_part(cast(Any, chain), sealed, given.sets, 0.5, GateRule())
    desk.work_on(desk.order(["mills"], str(recipe), "talker", rules), lambda done, total, note: None)
    return Judge(Workshop(desk.config, desk.book, desk.reading))


@pytest.mark.slow
def test_evaluate_when_conversations_were_sealed_at_training_judges_their_last_answers(
    base: Path, tmp_path: Path
) -> None:
    judge = trained(base, tmp_path / "home", TALKS)

    opened = judge.open_set("talker", None)
    judged = judge.evaluate(
        "talker", against=None, evaluation=None, also=(), progress=lambda done, total: None
    )

    assert [e.references for e in opened.examples] == [(f"Widow {PLACES[i][::-1]}.",) for i in (2, 5, 8, 11)]
    assert {e.question for e in opened.examples} == {"Who lives there?"}
    assert [len(e.before) for e in opened.examples] == [3] * 4
    assert judged.shown.examples == 4 and judged.decision.examples == 4
    assert {f.score for f in judged.shown.figures} >= {"rouge_l", "nll", "kl"}


@pytest.mark.slow
def test_evaluate_when_a_set_of_conversations_was_committed_judges_by_it(base: Path, tmp_path: Path) -> None:
    many = [talk(f"{a}{b.lower()}") for a in PLACES for b in PLACES[:5]]
    judge = trained(base, tmp_path / "home", many, sealed="spring")

    opened = judge.open_set("talker", "spring")
    training, _, _ = judge.workshop.parts("talker")

    assert len(opened.examples) == 30 and all(len(e.before) == 3 for e in opened.examples)
    learnt = {r.body["messages"] for d in training for r in d.records}
    assert not any(e.references[0] in text for e in opened.examples for text in learnt)


def test_voice_when_asked_in_a_conversation_hears_the_turns_before(base: Path) -> None:
    model, chat = load_base(base, threads=1, quantisation=None)
    voice = Voice(get_peft_model(model, LoraConfig(r=2, target_modules=["q_proj"])), chat)
    (whole,) = examples_from(questions_of(TALKS[:1]))
    alone = Example(whole.question, whole.references)
    plain = Example("The river rises", ("and falls.",), is_plain=True)

    prompts = [voice._prompt(e, ()) for e in (whole, alone, plain)]

    said = json.loads(TALKS[0]["messages"])
    assert prompts[0] == chat.prompt_ids(said[:-1])
    assert prompts[1] == chat.prompt_ids([{"role": "user", "content": "Who lives there?"}])
    assert prompts[2] == [*chat.begin_ids(), *chat.text_ids("The river rises")]
    assert float((voice.logits(whole, "Ada.")[0] - voice.logits(alone, "Ada.")[0]).abs().max()) > 1e-3


def test_questions_of_when_records_have_several_shapes_has_one_question_each() -> None:
    bodies = [questions(1)[0], TALKS[0], {"prompt": "The tide", "completion": "turns."}, questions(1)[0]]

    made = questions_of(bodies)

    assert [len(q.before) for q in made] == [0, 3, 0]
    assert [q.is_plain for q in made] == [False, False, True]
