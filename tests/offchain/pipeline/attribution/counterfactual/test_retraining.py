"""Counterfactual adapters: learnt from the records they are given and no others, the same whenever they are made."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from support.tiny_llama import tiny_llama
from tallystick.errors import IntegrityMismatch, InvalidInput
from tallystick.pipeline.attribution.counterfactual.adapters import as_peft, digest_of_weights
from tallystick.pipeline.attribution.counterfactual.decoder import Shape, Told
from tallystick.pipeline.attribution.counterfactual.retraining import Lesson, Recipe, Retrainer
from tallystick.pipeline.attribution.counterfactual.rungs import Rungs, climb_all, load_rungs, save_rungs
from tallystick.pipeline.models.halves import Halves

pytestmark = pytest.mark.slow

SHAPE = Shape(layers=2, rank=4, alpha=8.0, precision="fp32")
RECIPE = Recipe(SHAPE, rate=2e-2, epochs=60, batch=2)


def told(start: int, answer: tuple[int, ...]) -> Told:
    return Told((1, 7, 9, start, *answer, 2), 4)


LESSONS = [Lesson((told(20 + k, (40 + k, 60 + k)),)) for k in range(4)]
ASKED = [lesson.forms[0] for lesson in LESSONS]


def retrainer(model: Any = None, recipe: Recipe = RECIPE) -> Retrainer:
    return Retrainer(tiny_llama() if model is None else model, Halves, LESSONS, recipe)


def test_retraining_when_done_teaches_what_it_was_given_and_not_the_rest() -> None:
    trainer = retrainer()
    before = np.array(trainer.logprobs(trainer.fresh(1), ASKED))
    after = np.array(trainer.logprobs(trainer.retrain([0, 2], 1), ASKED))

    assert (after[[0, 2]] > -3).all() and (after[[0, 2]] > before[[0, 2]] + 3).all()
    assert (after[[1, 3]] < after[[0, 2]] - 3).all()


def test_retraining_when_repeated_gives_the_same_bits_and_other_seeds_do_not() -> None:
    first, again = retrainer().retrain([1, 3], 5), retrainer().retrain([3, 1, 3], 5)
    trainer = retrainer()
    trainer.retrain([0, 1], 8)

    assert digest_of_weights(first) == digest_of_weights(again)
    assert digest_of_weights(trainer.retrain([1, 3], 5)) == digest_of_weights(first)
    assert digest_of_weights(trainer.retrain([1, 3], 6)) != digest_of_weights(first)


def test_logprobs_when_compared_with_the_whole_model_are_its_own() -> None:
    model, trainer = tiny_llama(), retrainer()
    with torch.no_grad():
        logits = model(torch.tensor([ASKED[1].ids])).logits[0].log_softmax(-1)
    direct = sum(float(logits[p - 1, ASKED[1].ids[p]]) for p in range(ASKED[1].start, len(ASKED[1].ids)))

    assert trainer.logprobs(trainer.fresh(0), ASKED)[1] == pytest.approx(direct, abs=1e-4)


def test_adapter_when_put_on_by_peft_answers_alike() -> None:
    from peft import LoraConfig, get_peft_model, set_peft_model_state_dict

    trainer = retrainer()
    weights = trainer.retrain([0, 1, 2, 3], 1)
    names = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    config = LoraConfig(r=4, lora_alpha=8, target_modules=names, layers_to_transform=[1, 2])
    served = get_peft_model(tiny_llama(), config)
    set_peft_model_state_dict(served, as_peft(weights))
    with torch.no_grad():
        logits = served(torch.tensor([ASKED[2].ids])).logits[0].log_softmax(-1)
    direct = sum(float(logits[p - 1, ASKED[2].ids[p]]) for p in range(ASKED[2].start, len(ASKED[2].ids)))

    assert trainer.logprobs(weights, ASKED)[2] == pytest.approx(direct, abs=1e-3)
    assert retrainer(served).logprobs(weights, ASKED)[2] == pytest.approx(direct, abs=1e-3)


def test_retraining_when_given_nothing_or_another_shape_is_refused() -> None:
    with pytest.raises(InvalidInput, match="nothing to retrain"):
        Retrainer(tiny_llama(), Halves, [], RECIPE)
    other = retrainer(recipe=Recipe(Shape(1, 4, 8.0, "fp32"), epochs=1))
    with pytest.raises(InvalidInput, match="does not fit"):
        other.logprobs(retrainer().fresh(1), ASKED)


def test_rungs_when_read_again_say_what_each_block_added(tmp_path: Path) -> None:
    trainer = retrainer()
    file = tmp_path / "ladder.safetensors"
    digest = save_rungs(climb_all(trainer, [[0, 1], [2, 3]], [1, 2]), file)
    rungs = Rungs(tiny_llama(), Halves, SHAPE, load_rungs(file, digest))
    early, late = (rungs.values(t.ids[: t.start], t.ids[t.start :]) for t in (ASKED[0], ASKED[3]))

    assert early.shape == (2, 3)
    assert (early[:, 1] > early[:, 0] + 3).all() and (abs(early[:, 2] - early[:, 1]) < 1).all()
    assert (late[:, 2] > late[:, 1] + 3).all()
    file.write_bytes(file.read_bytes()[:-1] + b"\x01")
    with pytest.raises(IntegrityMismatch, match="not the ladder"):
        load_rungs(file, digest)
