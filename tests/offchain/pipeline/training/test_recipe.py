"""Recipes: one format for every method, and nothing in it without effect."""

import shlex
import tomllib
from pathlib import Path

import pytest

from tallystick.errors import InvalidInput, NotFound
from tallystick.pipeline.training.method_fields import METHODS, QUANTISATIONS
from tallystick.pipeline.training.recipe import TrainingRecipe, load_recipe, packaged_recipes, recipe_text


def written(folder: Path, text: str) -> str:
    path = folder / "recipe.toml"
    path.write_text(text)
    return str(path)


def test_packaged_recipes_when_loaded_cover_every_method_and_format() -> None:
    recipes = [load_recipe(name) for name in packaged_recipes()]

    assert {r.method for r in recipes} == set(METHODS)
    assert {r.quantisation for r in recipes if r.method == "qlora"} == set(QUANTISATIONS)


@pytest.mark.parametrize("name", packaged_recipes())
def test_recipe_text_when_loaded_again_is_the_same_recipe_under_its_command(
    name: str, tmp_path: Path
) -> None:
    recipe = load_recipe(name)
    text = recipe_text(recipe, "my recipe.toml", ["mills", "bells"], "harbour")

    assert load_recipe(written(tmp_path, text)) == recipe
    assert shlex.split(text.splitlines()[0].removeprefix("# ")) == [
        *("tallystick", "model", "train", "--recipe", "my recipe.toml"),
        *("--dataset", "mills", "--dataset", "bells", "--name", "harbour"),
    ]


def test_as_dict_when_told_has_the_settings_in_use_alone() -> None:
    told = TrainingRecipe(method="prompt-tuning").as_dict()

    assert told["virtual_tokens"] == 20
    assert not {"rank", "targets", "quantisation", "packing", "halves", "encoder"} & set(told)


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    [
        ('method = "prompt-tuning"\nrank = 8', "rank", "matrices"),
        ('method = "lora"\nquantisation = "nf4"', "quantisation", "only qlora"),
        ('quantisation = "int8"\ndouble_quantisation = true', "double_quantisation", "nf4 or fp4"),
        ('method = "dora"\nvirtual_tokens = 8', "virtual_tokens", "p-tuning-v2"),
        ('method = "p-tuning-v1"\nprojection = true', "projection", "prefix"),
        ('method = "p-tuning-v2"\nencoder_width = 8', "encoder_width", "projection = true"),
        ('method = "p-tuning-v1"\nencoder_layers = 1', "encoder_layers", "lstm"),
        ('method = "p-tuning-v2"\nprojection = true\ninit = "random"', "init", "prompt-tuning"),
        ('method = "p-tuning-v2"\npacking = true', "packing", "see each other"),
        ('method = "prompt-tuning"\npacking = true', "packing", "later records would not see"),
        ('method = "p-tuning-v2"\ngradient_checkpointing = true', "gradient_checkpointing", "cache"),
        ('method = "lora"\npacking = true', "packing", "halves = false"),
        ('method = "lora"\nhalves = false\nrewordings = 2', "rewordings", "halves = true"),
        ("halves = false\npacking = true\nbucketing = true", "bucketing", "no padding"),
    ],
)
def test_load_recipe_when_a_field_has_no_effect_says_which_and_why(
    tmp_path: Path, text: str, field: str, reason: str
) -> None:
    with pytest.raises(InvalidInput, match=f"`{field}` is not used by") as refused:
        load_recipe(written(tmp_path, text))

    assert reason in str(refused.value)


@pytest.mark.parametrize(
    "text", ['quantisation = "int3"', 'method = "p-tuning-v1"\nencoder = "gru"', "halves = 1", "cutoff = 4"]
)
def test_load_recipe_when_a_value_is_unknown_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput):
        load_recipe(written(tmp_path, text))


def test_load_recipe_when_unknown_lists_the_packaged_ones() -> None:
    with pytest.raises(NotFound, match="qlora-nf4"):
        load_recipe("nowhere")


def test_recipe_text_when_read_is_toml_with_lists_and_truths() -> None:
    text = recipe_text(TrainingRecipe(targets=("q_proj",)), "r.toml", ["a"], "b")

    assert tomllib.loads(text)["targets"] == ["q_proj"]
    assert tomllib.loads(text)["halves"] is True


def test_load_recipe_when_its_bytes_are_no_text_says_so(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_bytes(b"epochs = 2 # \xff")

    with pytest.raises(InvalidInput, match="not valid TOML"):
        load_recipe(str(tmp_path / "r.toml"))
