"""The plan's parts are the model's own sizes, and move as the recipe does."""

from dataclasses import replace
from pathlib import Path

import pytest

from support.tiny_llama import tiny_llama
from tallystick.errors import InvalidInput
from tallystick.pipeline.training.method_config import adapted
from tallystick.pipeline.training.method_fields import METHODS
from tallystick.pipeline.training.planning.estimate import Plan, plan
from tallystick.pipeline.training.planning.passes import Lengths
from tallystick.pipeline.training.recipe import TrainingRecipe

pytestmark = pytest.mark.slow

LENGTHS = Lengths(tuple(30 + i % 20 for i in range(16)), (10,) * 16)
LORA = TrainingRecipe(method="lora", halves=False, rank=4, layers=99, minibatch=8, epochs=1, cutoff=512)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("base")
    tiny_llama().config.save_pretrained(made)
    return made


def planned(folder: Path, recipe: TrainingRecipe = LORA, device: str = "cpu", libraries: int = 0) -> Plan:
    return plan(folder, recipe, LENGTHS, device, libraries)


def test_plan_when_made_counts_weights_adapter_and_optimiser_as_the_model_has_them(folder: Path) -> None:
    model = tiny_llama()
    frozen = sum(p.nbytes for p in model.parameters())
    trained = sum(p.nbytes for p in adapted(model, LORA).parameters() if p.requires_grad)

    made = planned(folder, libraries=1000)

    # The rotary frequencies are a buffer.
    assert frozen <= made.weights <= frozen + 1024
    assert (made.adapter, made.gradients, made.optimiser) == (trained, trained, 2 * trained)
    assert made.peak == made.weights + 1000 + made.adapter + made.gradients + made.optimiser + made.step


@pytest.mark.parametrize("method", METHODS)
def test_plan_when_asked_for_each_method_needs_more_than_the_base(folder: Path, method: str) -> None:
    made = planned(folder, replace(LORA, method=method, virtual_tokens=8))

    assert made.adapter > 0 and made.step > 0 and made.cache == 0


def test_plan_when_memory_is_traded_is_smaller(folder: Path) -> None:
    plain = planned(folder)

    for change in (
        {"gradient_checkpointing": True},
        {"loss": "fused"},
        {"precision": "bf16"},
        {"minibatch": 2},
    ):
        assert planned(folder, replace(LORA, **change)).step < plain.step, change
    assert planned(folder, replace(LORA, optimiser="adamw-8bit")).optimiser * 4 == plain.optimiser
    assert planned(folder, replace(LORA, precision="bf16")).weights < plain.weights * 0.6


def test_plan_when_quantised_keeps_few_bits_on_a_gpu_and_the_file_on_a_cpu(folder: Path) -> None:
    sizes = {
        kind: planned(folder, replace(LORA, method="qlora", quantisation=kind), "cuda").weights
        for kind in ("nf4", "int8")
    }
    single = planned(folder, replace(LORA, method="qlora", double_quantisation=False), "cuda").weights
    here = planned(folder, replace(LORA, method="qlora"))

    assert sizes["nf4"] < single < sizes["int8"] < planned(folder, LORA, "cuda").weights
    assert here.mapped > 0 and here.weights == planned(folder).weights


def test_plan_when_in_halves_counts_what_it_remembers(folder: Path) -> None:
    recipe = replace(LORA, halves=True, layers=1, epochs=3, rewordings=4)

    made = planned(folder, recipe)

    assert made.cache == sum(n - 1 for n in LENGTHS.tokens) * 3 * 32 * 4
    assert made.weights == planned(folder).weights


def test_plan_when_there_is_no_configuration_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no configuration"):
        planned(tmp_path)
