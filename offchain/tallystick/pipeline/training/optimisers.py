"""The optimiser that a recipe names: torch's AdamW, fused or not, or bitsandbytes' with 8-bit or paged state."""

from collections.abc import Sequence

import torch

from tallystick.errors import InvalidInput
from tallystick.pipeline.training.recipe import TrainingRecipe

_OF_BITSANDBYTES = {"adamw-8bit": "AdamW8bit", "paged-adamw-8bit": "PagedAdamW8bit"}


def optimiser_for(weights: Sequence[torch.nn.Parameter], recipe: TrainingRecipe) -> torch.optim.Optimizer:
    """`InvalidInput` where the machine has none such: bitsandbytes would page on no CPU, and say nothing."""
    device = weights[0].device.type
    told = {"lr": recipe.learning_rate, "weight_decay": recipe.weight_decay}
    if recipe.optimiser == "adamw":
        return torch.optim.AdamW(weights, **told)
    if recipe.optimiser == "fused-adamw":
        return torch.optim.AdamW(weights, **told, fused=True)
    if recipe.optimiser.startswith("paged") and device != "cuda":
        raise InvalidInput(
            "A paged optimiser moves its state between GPU and main memory; there is no GPU.",
            'Use `optimiser = "adamw-8bit"` or "fused-adamw".',
        )
    try:
        from bitsandbytes import optim
    except ImportError as error:
        raise InvalidInput(
            "8-bit optimisers come from bitsandbytes, which is not installed.",
            'Use `optimiser = "fused-adamw"`.',
        ) from error
    made: torch.optim.Optimizer = getattr(optim, _OF_BITSANDBYTES[recipe.optimiser])(weights, **told)
    return made
