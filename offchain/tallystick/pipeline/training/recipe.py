"""How to train: a validated recipe out of TOML, for every method one format."""

import json
import shlex
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

from tallystick.errors import InvalidInput, NotFound
from tallystick.pipeline.training.method_fields import METHODS, OPTIMISERS, QUANTISATIONS, in_halves, unused

MOST_REWORDINGS = 4
MOST_TOKENS_A_ROW = 131_072
_LIMITS = (
    "Counts are 1 or more, rewordings 0 to 4, cutoff 8 to 131072, the learning rate and the warm-up below 1, targets a"
    " list of layer names."
)
_FITS: dict[Any, Callable[[Any], bool]] = {
    int: lambda v: isinstance(v, int) and not isinstance(v, bool),
    float: lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    bool: lambda v: isinstance(v, bool),
    str: lambda v: isinstance(v, str),
    tuple[str, ...]: lambda v: isinstance(v, list) and bool(v) and all(isinstance(t, str) for t in v),
}
CHOICES = {
    "method": METHODS,
    "quantisation": QUANTISATIONS,
    "encoder": ("mlp", "lstm"),
    "init": ("random", "vocabulary"),
    "loss": ("plain", "chunked", "fused"),
    "precision": ("fp32", "bf16"),
    "optimiser": OPTIMISERS,
}
_COUNTS = (
    *("rank", "alpha", "layers", "epochs", "minibatch"),
    *("virtual_tokens", "encoder_width", "encoder_layers"),
)


@dataclass(frozen=True, slots=True)
class TrainingRecipe:
    """Settings of one training. `as_dict` tells those that the method uses; `method_fields` says which and why.

    LoRA methods adapt `targets` of the last `layers` layers (all, when there are fewer). Rates are per optimiser step
    with linear warm-up and decay; a step takes `minibatch` records. In `halves` a question takes turns with its
    `rewordings`, epoch by epoch; else rows hold at most `cutoff` token ids.
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
    quantisation: str = "nf4"
    double_quantisation: bool = True
    halves: bool = True
    virtual_tokens: int = 20
    projection: bool = False
    encoder: str = "mlp"
    encoder_width: int = 128
    encoder_layers: int = 2
    init: str = "vocabulary"
    cutoff: int = 1024
    packing: bool = False
    bucketing: bool = False
    loss: str = "plain"
    precision: str = "fp32"
    gradient_checkpointing: bool = False
    optimiser: str = "adamw"
    compile: bool = False

    @property
    def in_halves(self) -> bool:
        """Whether `loop.train` runs it; else `tuning.tune`."""
        return in_halves(asdict(self))

    def as_dict(self) -> dict[str, Any]:
        """Every setting that has an effect, defaults resolved."""
        every = {**asdict(self), "targets": list(self.targets)}
        idle = {name for name, _ in unused(every)}
        return {name: value for name, value in every.items() if name not in idle}


def recipe_text(
    recipe: TrainingRecipe, file: str, datasets: Sequence[str], name: str, options: Sequence[str] = ()
) -> str:
    """The resolved recipe as TOML, headed by the command that trains `name` with it once saved as `file`.

    `options` are more of the command's.
    """
    command = ["tallystick", "model", "train", "--recipe", file]
    for dataset in datasets:
        command += ["--dataset", dataset]
    settings = (f"{key} = {json.dumps(value)}" for key, value in recipe.as_dict().items())
    return "\n".join([f"# {shlex.join([*command, *options, '--name', name])}", *settings]) + "\n"


def load_recipe(name: str) -> TrainingRecipe:
    """A packaged recipe by name, or a TOML file by path."""
    path = Path(name)
    packaged = files("tallystick.pipeline.training.recipes").joinpath(f"{name}.toml")
    if path.suffix == ".toml" and path.is_file():
        data = path.read_bytes()
    elif packaged.is_file():
        data = packaged.read_bytes()
    else:
        known = ", ".join(packaged_recipes())
        raise NotFound(f"There is no recipe {name!r}.", f"Name a packaged recipe ({known}) or a .toml file.")
    try:
        given = tomllib.loads(data.decode("utf-8"))
    except ValueError as error:
        raise InvalidInput(f"The recipe {name!r} is not valid TOML: {error}.") from error
    return recipe_from(given)


def packaged_recipes() -> list[str]:
    """Their names, sorted."""
    found = files("tallystick.pipeline.training.recipes").iterdir()
    return sorted(f.name.removesuffix(".toml") for f in found if f.name.endswith(".toml"))


def recipe_from(given: dict[str, Any]) -> TrainingRecipe:
    """Out of settings as TOML has them; what is not given has its default. `InvalidInput` for what cannot be."""
    known = {f.name: f for f in fields(TrainingRecipe)}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise InvalidInput(
            f"The recipe has unknown settings: {', '.join(unknown)}.", f"Known: {', '.join(known)}."
        )
    for name, value in given.items():
        if not _FITS[known[name].type](value):
            raise InvalidInput(f"The recipe's `{name}` cannot be {value!r}.", _LIMITS)
        if name in CHOICES and value not in CHOICES[name]:
            raise InvalidInput(
                f"The recipe's `{name}` cannot be {value!r}.", f"Use {', '.join(CHOICES[name])}."
            )
    if "targets" in given:
        given = {**given, "targets": tuple(given["targets"])}
    recipe = TrainingRecipe(**given)
    _check_limits(recipe)
    _check_used(recipe, given)
    return recipe


def _check_limits(recipe: TrainingRecipe) -> None:
    fits = (
        all(getattr(recipe, name) >= 1 for name in _COUNTS),
        0 <= recipe.rewordings <= MOST_REWORDINGS,
        8 <= recipe.cutoff <= MOST_TOKENS_A_ROW,
        recipe.seed >= 0,
        0 < recipe.learning_rate < 1,
        recipe.weight_decay >= 0,
        0 <= recipe.warmup < 1,
    )
    if not all(fits):
        raise InvalidInput("The recipe has a number outside its limits.", _LIMITS)


def _check_used(recipe: TrainingRecipe, given: dict[str, Any]) -> None:
    for name, because in unused(asdict(recipe)):
        if name in given:
            raise InvalidInput(
                f"The recipe's `{name}` is not used by {recipe.method}: {because}.", "Leave it out."
            )
