"""Adapters of virtual tokens through the engine: against plain forward passes, tuned, saved and opened again."""

from pathlib import Path
from typing import Any

import pytest
import torch

from support.tiny_chat import tiny_chat
from support.tiny_llama import tiny_llama
from tallystick.errors import InvalidInput
from tallystick.pipeline.inference.engine import Engine
from tallystick.pipeline.models.adapter import TUNED, save_adapter
from tallystick.pipeline.models.loading import with_adapter
from tallystick.pipeline.training.recipe import TrainingRecipe
from tallystick.pipeline.training.records import encode_records
from tallystick.pipeline.training.tuning import tune

RECORDS = [{"question": f"How deep is weir {i}?", "answer": f"It is {i} fathoms."} for i in range(4)]
ASKED = ["How deep is weir 2?", "Weir 3?"]


@pytest.fixture(scope="module", params=["p-tuning-v2", "p-tuning-v1", "prompt-tuning"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    recipe = TrainingRecipe(
        method=request.param, virtual_tokens=5, epochs=6, minibatch=2, learning_rate=3e-2, encoder_width=16
    )
    folder: Path = tmp_path_factory.mktemp("adapter")
    tuned = tune(_base(), encode_records(RECORDS, tiny_chat(), 256), recipe, lambda *_: None)
    save_adapter(tuned.model, folder, tuned.lora)
    return Engine(with_adapter(_base(), folder, TUNED), tiny_chat())


def _base() -> Any:
    return tiny_llama(scale=0.1, vocabulary=300)


def prompts(engine: Engine) -> list[list[int]]:
    return [engine.encode_prompt([{"role": "user", "content": text}], []) for text in ASKED]


@pytest.mark.slow
def test_generate_when_greedy_has_each_token_of_a_whole_pass(engine: Engine) -> None:
    ids = prompts(engine)[0]

    made = [t.token_id for t in engine.generate(ids, 12)]

    for place, token in enumerate(made):
        with torch.no_grad():
            logits = engine._model(input_ids=torch.tensor([[*ids, *made[:place]]]), use_cache=False).logits
        assert int(logits[0, -1].argmax()) == token


def test_generate_many_when_prompts_differ_in_length_equals_one_by_one(engine: Engine) -> None:
    many = engine.generate_many(prompts(engine), 8)

    assert many == ["".join(t.text for t in engine.generate(p, 8)).strip() for p in prompts(engine)]


def test_generate_many_when_the_adapter_is_off_is_the_bases(engine: Engine) -> None:
    plain = _base()
    wanted = []
    for ids in prompts(engine):
        out = plain.generate(
            torch.tensor([ids]), max_new_tokens=8, do_sample=False, pad_token_id=0, eos_token_id=2
        )
        wanted.append(tiny_chat().decode(out[0, len(ids) :].tolist()).strip())

    assert [engine.generate_many([p], 8, adapter=False)[0] for p in prompts(engine)] == wanted


def test_logprob_when_compared_is_that_of_a_whole_pass_and_better_than_the_bases(engine: Engine) -> None:
    answer = tiny_chat().answer_ids("It is 2 fathoms.")
    ids = torch.tensor([[*prompts(engine)[0], *answer]])
    with torch.no_grad():
        odds = engine._model(input_ids=ids, use_cache=False).logits[0, -len(answer) - 1 : -1].log_softmax(-1)

    got = engine.logprob(prompts(engine), answer)

    assert got[0] == pytest.approx(sum(float(row[i]) for row, i in zip(odds, answer, strict=True)), abs=1e-3)
    assert got[0] > engine.logprob(prompts(engine), answer, adapter=False)[0]


def test_features_when_there_are_no_matrices_refuses(engine: Engine) -> None:
    with pytest.raises(InvalidInput, match="LoRA"):
        engine.features(prompts(engine)[0], [5])
