"""How to train: a validated recipe out of TOML."""

import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

from tallystick.errors import InvalidInput, NotFound

MOST_REWORDINGS = 4
_LIMITS = (
    "Rank, alpha, layers, epochs and minibatch are 1 or more, rewordings 0 to 4, the learning rate and the warm-up below"
    " 1, targets a list of layer names."
)
_FITS: dict[Any, Callable[[Any], bool]] = {
    int: lambda v: isinstance(v, int) and not isinstance(v, bool),
    float: lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    str: lambda v: isinstance(v, str),
    tuple[str, ...]: lambda v: isinstance(v, list) and bool(v) and all(isinstance(t, str) for t in v),
}


@dataclass(frozen=True, slots=True)
class TrainingRecipe:
    """QLoRA on the last `layers` layers; rates are per optimiser step with linear warm-up and decay.

    A question takes turns with its `rewordings`, epoch by epoch.
    """

    rank: int = 16
    alpha: int = 32
    layers: int = 10
    learning_rate: float = 2e-3
    weight_decay: float = 0.0
    epochs: int = 8
    minibatch: int = 8
    rewordings: int = 4
    warmup: float = 0.05
    seed: int = 7
    method: str = "qlora"
    targets: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "targets": list(self.targets)}


def load_recipe(name: str) -> TrainingRecipe:
    """A packaged recipe by name, or a TOML file by path."""
    path = Path(name)
    packaged = files("tallystick.pipeline.training.recipes").joinpath(f"{name}.toml")
    if path.suffix == ".toml" and path.is_file():
        text = path.read_text(encoding="utf-8")
    elif packaged.is_file():
        text = packaged.read_text(encoding="utf-8")
    else:
        raise NotFound(f"There is no recipe {name!r}.", "Name a packaged recipe (default) or a .toml file.")
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"The recipe {name!r} is not valid TOML: {error}.") from error
    return _validated(given)


def _validated(given: dict[str, Any]) -> TrainingRecipe:
    known = {f.name: f for f in fields(TrainingRecipe)}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise InvalidInput(
            f"The recipe has unknown settings: {', '.join(unknown)}.", f"Known: {', '.join(known)}."
        )
    for name, value in given.items():
        if not _FITS[known[name].type](value):
            raise InvalidInput(f"The recipe's `{name}` cannot be {value!r}.", _LIMITS)
    if "targets" in given:
        given = {**given, "targets": tuple(given["targets"])}
    recipe = TrainingRecipe(**given)
    counts = (recipe.rank, recipe.alpha, recipe.layers, recipe.epochs, recipe.minibatch)
    fits = min(counts) >= 1 and 0 <= recipe.rewordings <= MOST_REWORDINGS and recipe.seed >= 0
    if (
        not fits
        or not 0 < recipe.learning_rate < 1
        or not (recipe.weight_decay >= 0 and 0 <= recipe.warmup < 1)
    ):
        raise InvalidInput("The recipe has a number outside its limits.", _LIMITS)
    if recipe.method != "qlora":
        raise InvalidInput(f"There is no training method {recipe.method!r}.", "Use qlora.")
    return recipe
