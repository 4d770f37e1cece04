"""Recipes as forms: packaged ones and one's own, filled in as text, and kept as TOML files that commands take, too."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from tallystick.app.models.jobs.run_folder import write_whole
from tallystick.errors import InvalidInput, NotFound
from tallystick.pipeline.training.method_fields import unused
from tallystick.pipeline.training.recipe import (
    CHOICES,
    TrainingRecipe,
    load_recipe,
    packaged_recipes,
    recipe_from,
)

_FLAG: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class RecipeField:
    """A setting as text; one of `choices` where there are any. Kind is choice, number or text."""

    name: str
    value: str
    kind: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecipeForm:
    """`path` is what a training names it by; `text` its TOML. `name` is "" for one that was not saved."""

    name: str
    path: str
    fields: tuple[RecipeField, ...]
    text: str


@dataclass(frozen=True, slots=True)
class RecipeShelf:
    """`folder` has one's own, and `drafts` of those that were filled in, by their digests."""

    folder: Path

    def names(self) -> tuple[str, ...]:
        """Packaged ones first."""
        return (*packaged_recipes(), *sorted(p.stem for p in self.folder.glob("*.toml")))

    def form(self, name: str) -> RecipeForm:
        path = self._path(name)
        return _form(load_recipe(path), name, path)

    def filled(self, settings: Mapping[str, str]) -> RecipeForm:
        """Settings that the method does not use are left out, those that are missing have their defaults."""
        recipe = _recipe(settings)
        text = _text(recipe)
        path = self.folder / "drafts" / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.toml"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, text)
        return _form(recipe, "", str(path))

    def save(self, name: str, settings: Mapping[str, str]) -> RecipeForm:
        """One's own may be saved anew; a packaged one stays as it is."""
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name):
            raise InvalidInput(f"{name!r} is no name of a recipe.", "Use letters, digits, '-' and '_'.")
        if name in packaged_recipes():
            raise InvalidInput(f"{name} is a packaged recipe.", "Save yours under another name.")
        recipe = _recipe(settings)
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self.folder / f"{name}.toml", _text(recipe))
        return self.form(name)

    def _path(self, name: str) -> str:
        """As `load_recipe` takes it."""
        if name in packaged_recipes():
            return name
        path = self.folder / f"{name}.toml"
        if name not in self.names() or not path.is_file():
            raise NotFound(f"There is no recipe {name!r}.", f"One of {', '.join(self.names())}.")
        return str(path)


def _form(recipe: TrainingRecipe, name: str, path: str) -> RecipeForm:
    return RecipeForm(
        name, path, tuple(_field(key, value) for key, value in recipe.as_dict().items()), _text(recipe)
    )


def _text(recipe: TrainingRecipe) -> str:
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in recipe.as_dict().items())


def _field(name: str, value: Any) -> RecipeField:
    if name in CHOICES:
        return RecipeField(name, str(value), "choice", tuple(CHOICES[name]))
    if isinstance(value, bool):
        return RecipeField(name, str(value).lower(), "choice", tuple(_FLAG))
    if isinstance(value, list):
        return RecipeField(name, ", ".join(value), "text")
    return RecipeField(name, repr(value), "number")


def _recipe(settings: Mapping[str, str]) -> TrainingRecipe:
    kinds = {f.name: f.type for f in fields(TrainingRecipe)}
    given = {name: _value(name, kinds.get(name), text.strip()) for name, text in settings.items()}
    whole = asdict(TrainingRecipe()) | given
    idle = (
        {name for name, _ in unused(whole)} if set(whole) == set(kinds) and _names_a_method(whole) else set()
    )
    return recipe_from({name: value for name, value in given.items() if name not in idle})


def _names_a_method(whole: Mapping[str, Any]) -> bool:
    """What is no choice at all is refused with the reason, not sorted out."""
    return all(whole[name] in allowed for name, allowed in CHOICES.items())


def _value(name: str, kind: Any, text: str) -> Any:
    """As TOML would have it; the recipe itself says what is wrong with it."""
    try:
        if kind is int:
            return int(text)
        if kind is float:
            return float(text)
    except ValueError as error:
        raise InvalidInput(f"The recipe's `{name}` cannot be {text!r}.", "It takes a number.") from error
    if kind is bool:
        return _FLAG.get(text.lower(), text)
    if kind == tuple[str, ...]:
        return [part for part in re.split(r"[,\s]+", text) if part]
    return text
