"""What a recipe needs at its peak, part by part, in bytes; and whether that fits."""

import copy
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from tallystick.errors import InvalidInput
from tallystick.pipeline.training.loop import CACHE_BYTES
from tallystick.pipeline.training.method_config import adapted
from tallystick.pipeline.training.planning.packed_layer import SKIPPED, pack
from tallystick.pipeline.training.planning.passes import Lengths, Pass, greatest_pass
from tallystick.pipeline.training.planning.rehearsal import rehearsing, standing_in, step
from tallystick.pipeline.training.recipe import TrainingRecipe

STATE_BYTES = {"adamw": 8, "fused-adamw": 8, "adamw-8bit": 2, "paged-adamw-8bit": 2}


@dataclass(frozen=True, slots=True)
class Plan:
    """Bytes at the peak. `loading` is what stands beside the weights while they load; `step` activations, logits and all
    that comes and goes in a step. Loading and step do not meet; `mapped` files stay in memory with weights out of them.
    """

    weights: int
    adapter: int
    gradients: int
    optimiser: int
    cache: int
    step: int
    loading: int
    mapped: int
    libraries: int

    @property
    def peak(self) -> int:
        trained = self.adapter + self.gradients + self.optimiser + self.cache + self.step
        return self.weights + self.mapped + self.libraries + max(trained, self.loading)


def plan(folder: Path, recipe: TrainingRecipe, lengths: Lengths, device: str, libraries: int) -> Plan:
    """`folder` holds the base's config.json; `libraries` is what a process needs before it has a model, measured.

    Peak of the process (resident) on "cpu", of torch's allocator on "cuda". Within 10 % of what was measured
    (docs/benchmarks/training.md). `InvalidInput` for a configuration that transformers cannot make a model of.
    """
    config = _config(folder)
    one = greatest_pass(lengths, recipe)
    parts = _rehearsed(config, recipe, one, device)
    cache = _cache(config, recipe, lengths) if recipe.in_halves else 0
    loading, mapped = _loaded(config, recipe, device, parts)
    adapter = parts["adapter"]
    return Plan(
        weights=parts["weights"],
        adapter=adapter,
        gradients=adapter,
        optimiser=adapter // 4 * STATE_BYTES[recipe.optimiser],
        cache=cache,
        step=parts["step"],
        loading=loading,
        mapped=mapped,
        libraries=libraries,
    )


def _config(folder: Path) -> Any:
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise InvalidInput(f"{folder} has no configuration to plan with: {error}.") from error


def _rehearsed(config: Any, recipe: TrainingRecipe, one: Pass, device: str) -> dict[str, int]:
    """In halves the lower layers only run without gradients: their weights are counted, not rehearsed."""
    layers = config.num_hidden_layers
    top = min(recipe.layers, layers) if recipe.in_halves else layers
    quick = copy.deepcopy(config)
    quick.num_hidden_layers = top
    if getattr(quick, "layer_types", None):
        quick.layer_types = quick.layer_types[layers - top :]
    base = _made(quick, recipe, device)
    linear = _linear_bytes(base, layers / top)
    below = sum(p.nbytes for p in base.get_decoder().layers[0].parameters()) * (layers - top)
    with warnings.catch_warnings():  # transformers warns peft of a name that it changed
        warnings.simplefilter("ignore", FutureWarning)
        model = adapted(base, recipe)
    if recipe.gradient_checkpointing and not recipe.in_halves:
        base.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    with rehearsing() as standing:
        standing_in(model)
        held = standing.now
        adapter = sum(p.nbytes for p in model.parameters() if p.requires_grad)
        step(model, one, recipe)
        used = standing.most - held - adapter
    return {"weights": held - adapter + below, "adapter": adapter, "step": max(used, 0), "linear": linear}


def _made(config: Any, recipe: TrainingRecipe, device: str) -> Any:
    from transformers import AutoModelForCausalLM

    half = recipe.precision == "bf16" and not recipe.in_halves
    with torch.device("meta"):
        base = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16 if half else torch.float32)
    base.requires_grad_(False)
    if device == "cuda" and recipe.method == "qlora":
        pack(base, recipe.quantisation, double=recipe.double_quantisation)
    return base


def _linear_bytes(base: Any, times: float) -> int:
    """fp32 size of what quantisation takes: every linear layer of the base but the head."""
    found = {
        name: p.numel() * 4
        for name, p in base.named_parameters()
        if p.ndim == 2 and "embed" not in name and not any(s in name for s in SKIPPED)
    }
    return int(sum(found.values()) * times)


def _loaded(config: Any, recipe: TrainingRecipe, device: str, parts: dict[str, int]) -> tuple[int, int]:
    """A base quantised on a CPU keeps its file mapped, as its embeddings are still read from there."""
    if device == "cuda":
        return 0, 0
    stored = str(getattr(config, "dtype", None) or "float32")
    quantised = recipe.method == "qlora"
    if quantised and "float32" in stored:
        return 0, parts["linear"]
    if recipe.precision == "bf16" and not recipe.in_halves:
        return 2 * parts["weights"], 0
    return (0 if "float32" in stored else parts["weights"] // 2), 0


def _cache(config: Any, recipe: TrainingRecipe, lengths: Lengths) -> int:
    """Hidden states of every form of every record, up to the loop's limit and one more minibatch."""
    forms = 1 + min(recipe.rewordings, recipe.epochs - 1)
    tokens = sum(n - 1 for n in lengths.tokens) * forms
    return min(tokens * int(config.hidden_size) * 4, CACHE_BYTES)


def fitting(
    named: dict[str, TrainingRecipe], planned: Callable[[TrainingRecipe], Plan], has: int
) -> dict[str, Plan]:
    """Those recipes whose peak stays within `has` bytes; one that the base cannot take is none of them."""
    found = {}
    for name, recipe in named.items():
        try:
            found[name] = planned(recipe)
        except InvalidInput:
            continue
    return {name: each for name, each in found.items() if each.peak <= has}
