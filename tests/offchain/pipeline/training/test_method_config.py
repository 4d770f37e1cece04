"""Each method on a tiny random Llama: it learns, and what is saved answers as what was trained."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional

from support.tiny_llama import VOCABULARY, tiny_llama
from tallystick.errors import InvalidInput
from tallystick.pipeline.models.adapter import TUNED, save_adapter
from tallystick.pipeline.models.loading import with_adapter
from tallystick.pipeline.training.method_config import (
    adapted,
    begin_prefix,
    method_arguments,
    method_config,
)
from tallystick.pipeline.training.recipe import TrainingRecipe

pytestmark = pytest.mark.slow

IDS = torch.randint(3, VOCABULARY, (2, 12), generator=torch.Generator().manual_seed(1))
SMALL = {"halves": False, "rank": 4, "alpha": 8, "virtual_tokens": 5, "encoder_width": 16}
RECIPES = {
    "lora": TrainingRecipe(method="lora", learning_rate=2e-2, **SMALL),
    "qlora": TrainingRecipe(method="qlora", learning_rate=2e-2, **SMALL),
    "dora": TrainingRecipe(method="dora", learning_rate=2e-2, **SMALL),
    "rslora": TrainingRecipe(method="rslora", learning_rate=2e-2, **SMALL),
    "prefix": TrainingRecipe(method="p-tuning-v2", learning_rate=5e-2, **SMALL),
    "projected prefix": TrainingRecipe(method="p-tuning-v2", projection=True, learning_rate=2e-2, **SMALL),
    "prompt encoder": TrainingRecipe(method="p-tuning-v1", learning_rate=2e-2, **SMALL),
    "prompt lstm": TrainingRecipe(method="p-tuning-v1", encoder="lstm", learning_rate=2e-2, **SMALL),
    "prompt": TrainingRecipe(method="prompt-tuning", learning_rate=5e-2, **SMALL),
    "random prompt": TrainingRecipe(method="prompt-tuning", init="random", learning_rate=5e-2, **SMALL),
}


def logits(model: Any) -> torch.Tensor:
    """Of the text itself, without the virtual tokens that some methods put in front."""
    return model(input_ids=IDS, attention_mask=torch.ones_like(IDS)).logits[:, -IDS.shape[1] :]


def loss(model: Any) -> torch.Tensor:
    return functional.cross_entropy(logits(model)[:, :-1].flatten(0, 1), IDS[:, 1:].flatten())


def three_steps(model: Any, recipe: TrainingRecipe) -> list[float]:
    weights = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=recipe.learning_rate, weight_decay=0.0)
    losses = []
    for _ in range(3):
        made = loss(model)
        losses.append(float(made.detach()))
        made.backward()
        optimiser.step()
        optimiser.zero_grad()
    return losses


@pytest.mark.parametrize("name", RECIPES)
def test_adapted_when_trained_saved_and_loaded_answers_the_same(name: str, tmp_path: Path) -> None:
    recipe = RECIPES[name]
    torch.manual_seed(recipe.seed)
    model = adapted(tiny_llama(), recipe)
    losses = three_steps(model, recipe)
    with torch.no_grad():
        last, wanted = float(loss(model.eval())), logits(model)

    save_adapter(model, tmp_path, method_arguments(recipe, model.get_base_model()))
    loaded = with_adapter(tiny_llama(), tmp_path, TUNED)

    assert last < losses[-1] < losses[0]
    with torch.no_grad():
        assert torch.allclose(logits(loaded), wanted, atol=1e-5)
        assert not torch.allclose(logits(tiny_llama()), wanted, atol=1e-2)


@pytest.mark.parametrize("name", RECIPES)
def test_adapted_when_trained_leaves_the_base_alone(name: str) -> None:
    before = {n: p.clone() for n, p in tiny_llama().named_parameters()}
    model = adapted(tiny_llama(), RECIPES[name])
    three_steps(model, RECIPES[name])

    after = {n.replace(".base_layer", ""): p for n, p in model.get_base_model().named_parameters()}
    assert all(torch.equal(after[n], p) for n, p in before.items())


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("lora", "peft_type", "LORA"),
        ("dora", "use_dora", True),
        ("rslora", "use_rslora", True),
        ("prefix", "prefix_projection", False),
        ("projected prefix", "encoder_hidden_size", 16),
        ("prompt encoder", "encoder_reparameterization_type", "MLP"),
        ("prompt lstm", "encoder_num_layers", 2),
        ("prompt", "prompt_tuning_init", "SAMPLE_VOCAB"),
    ],
)
def test_method_config_when_made_has_the_recipes_fields(name: str, field: str, value: object) -> None:
    assert getattr(method_config(RECIPES[name], tiny_llama()), field) == value


def test_adapted_when_no_layer_has_that_name_says_what_to_do() -> None:
    with pytest.raises(InvalidInput, match="targets"):
        adapted(tiny_llama(), TrainingRecipe(method="lora", targets=("query_key_value",)))


def test_with_adapter_when_the_engine_serves_no_such_kind_refuses(tmp_path: Path) -> None:
    recipe = RECIPES["prompt"]
    model = adapted(tiny_llama(), recipe)
    save_adapter(model, tmp_path, method_arguments(recipe, model.get_base_model()))

    with pytest.raises(InvalidInput, match="not a LoRA adapter"):
        with_adapter(tiny_llama(), tmp_path)


def test_begin_prefix_when_from_the_vocabulary_reads_as_those_words_before_the_text() -> None:
    model = adapted(tiny_llama(), RECIPES["prefix"]).eval()
    torch.manual_seed(11)
    begin_prefix(model, RECIPES["prefix"])
    torch.manual_seed(11)
    words = torch.randint(VOCABULARY, (1, 5)).expand(2, -1)

    with torch.no_grad():
        wanted = tiny_llama().eval()(input_ids=torch.cat([words, IDS], dim=1)).logits[:, 5:]
        assert torch.allclose(logits(model), wanted, atol=1e-4)


@pytest.mark.parametrize("init", ["random", "vocabulary"])
def test_begin_prefix_when_the_prefix_is_projected_or_random_changes_nothing(init: str) -> None:
    told = {"method": "p-tuning-v2", "init": init, "projection": init == "vocabulary", **SMALL}
    model = adapted(tiny_llama(), TrainingRecipe(**told))
    before = {name: p.clone() for name, p in model.named_parameters() if p.requires_grad}

    begin_prefix(model, TrainingRecipe(**told))

    assert all(torch.equal(p, before[n]) for n, p in model.named_parameters() if p.requires_grad)
