"""How far each shortcut's losses stray from the plain loop's, step by step, on a small model."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from bench.tuning.shapes import SHAPES, model_of, records_of
from tallystick.errors import InvalidInput
from tallystick.pipeline.training.recipe import TrainingRecipe
from tallystick.pipeline.training.tuning import tune

# Rank 32: bitsandbytes keeps the state of smaller matrices in 32 bits.
PLAIN = TrainingRecipe(
    method="lora",
    halves=False,
    rank=32,
    alpha=64,
    layers=99,
    learning_rate=5e-3,
    epochs=6,
    minibatch=8,
    cutoff=1024,
)
STEPS = 18
FALL = "plain, last over first"
SHORTCUTS: Mapping[str, Mapping[str, Any]] = {
    "packing": {"packing": True},
    "chunked loss": {"loss": "chunked"},
    "fused loss": {"loss": "fused"},
    "checkpointing": {"gradient_checkpointing": True},
    "fused optimiser": {"optimiser": "fused-adamw"},
    "8-bit optimiser": {"optimiser": "adamw-8bit"},
    "paged 8-bit optimiser": {"optimiser": "paged-adamw-8bit"},
    "bf16": {"precision": "bf16"},
    "packing, fused loss and optimiser, bf16": {
        "packing": True,
        "loss": "fused",
        "optimiser": "fused-adamw",
        "precision": "bf16",
    },
    "compile": {"compile": True},
}


def gaps(device: str, *, compiling: bool) -> dict[str, float | str]:
    """The greatest relative gap over all STEPS by shortcut; or why the machine refuses it.

    The plain loop's own fall, by which a gap is to be judged, is there as "plain, last over first".
    """
    plain, found = _losses(device, PLAIN), {}  # type: tuple[tuple[float, ...], dict[str, float | str]]
    for name, changed in SHORTCUTS.items():
        if name == "compile" and not compiling:
            found[name] = "not asked for: COMPILE=1"
            continue
        try:
            losses = _losses(device, replace(PLAIN, **changed))
        except InvalidInput as refused:
            found[name] = refused.message
            continue
        found[name] = max(abs(a / b - 1) for a, b in zip(losses, plain, strict=True))
    return {FALL: plain[-1] / plain[0], **found}


def _losses(device: str, recipe: TrainingRecipe) -> tuple[float, ...]:
    shape = SHAPES["tiny"]
    base = model_of(shape, device, "fp32", 3)
    torch.manual_seed(3)
    return tune(base, records_of(24, shape.ids, 5), recipe, lambda *_: None).losses
