"""Recipes as forms: what is typed becomes a recipe that a training can name, or is refused with the reason."""

from pathlib import Path

import pytest

from tallystick.app.models.jobs.recipes import RecipeForm, RecipeShelf
from tallystick.errors import InvalidInput, NotFound
from tallystick.pipeline.training.recipe import load_recipe


def typed(form: RecipeForm, **changed: str) -> dict[str, str]:
    return {f.name: f.value for f in form.fields} | changed


@pytest.fixture
def shelf(tmp_path: Path) -> RecipeShelf:
    return RecipeShelf(tmp_path / "recipes")


def test_form_when_filled_in_unchanged_is_the_same_recipe_for_every_packaged_one(shelf: RecipeShelf) -> None:
    for name in shelf.names():
        form = shelf.form(name)
        assert load_recipe(shelf.filled(typed(form)).path) == load_recipe(name)


def test_form_when_a_choice_changes_shows_the_settings_that_count_now(shelf: RecipeShelf) -> None:
    form = shelf.filled(typed(shelf.form("default"), method="prompt-tuning"))

    names = {f.name for f in form.fields}
    assert "init" in names
    assert "rank" not in names
    assert shelf.filled(typed(form)) == form


def test_recipe_when_saved_is_listed_loaded_and_left_to_trainings(shelf: RecipeShelf) -> None:
    saved = shelf.save("mine", typed(shelf.form("lora"), rank="4", targets="q_proj, v_proj"))

    assert shelf.names()[-1] == "mine"
    assert shelf.form("mine") == saved
    recipe = load_recipe(saved.path)
    assert (recipe.rank, recipe.targets) == (4, ("q_proj", "v_proj"))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"rank": "many"}, "`rank` cannot be 'many'"),
        ({"rank": "0"}, "outside its limits"),
        ({"method": "magic"}, "`method` cannot be 'magic'"),
        ({"halves": "maybe"}, "`halves` cannot be 'maybe'"),
        ({"colour": "blue"}, "unknown settings: colour"),
    ],
)
def test_recipe_when_it_cannot_be_is_refused_with_the_reason(
    shelf: RecipeShelf, changed: dict[str, str], why: str
) -> None:
    with pytest.raises(InvalidInput, match=why):
        shelf.filled(typed(shelf.form("default"), **changed))


@pytest.mark.parametrize("name", ["default", "../mine", "", "a b"])
def test_recipe_when_its_name_cannot_be_is_not_saved(shelf: RecipeShelf, name: str) -> None:
    with pytest.raises(InvalidInput):
        shelf.save(name, typed(shelf.form("default")))


def test_recipe_when_unknown_is_not_found(shelf: RecipeShelf) -> None:
    with pytest.raises(NotFound, match="no recipe"):
        shelf.form("../x")
