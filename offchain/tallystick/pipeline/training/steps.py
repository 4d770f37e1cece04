"""The optimiser's steps, the same for both loops: rate, gradient, step, mark, checkpoint."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar

import torch

from tallystick.pipeline.training.checkpoint import Mark, Weights
from tallystick.pipeline.training.optimisers import optimiser_for
from tallystick.pipeline.training.packing import Filling
from tallystick.pipeline.training.recipe import TrainingRecipe

Progress = Callable[[int, int, float, float], None]
Minibatch = TypeVar("Minibatch", contravariant=True)


class Saved(Protocol):
    """`checkpoint.Checkpoints`, or those that several processes share."""

    def due(self, step: int) -> bool: ...
    def save(self, weights: Weights, optimiser: torch.optim.Optimizer, mark: Mark) -> None: ...
    def resume(self, weights: Weights, optimiser: torch.optim.Optimizer) -> Mark: ...


class Learning(Protocol[Minibatch]):
    """A loop's own part. `learn` leaves gradients and tells the loss; `recall` stands for a step that was done before."""

    def learn(self, minibatch: Minibatch, /) -> tuple[float, Filling]: ...
    def recall(self, minibatch: Minibatch, /) -> None: ...


def run_steps(
    weights: Mapping[str, Any],
    recipe: TrainingRecipe,
    minibatches: Iterable[Minibatch],
    steps: int,
    learning: Learning[Minibatch],
    progress: Progress,
    saved: Saved | None,
) -> Mark:
    """Train `weights` by all `steps` steps but those of the newest checkpoint.

    What `progress` raises ends them, after a checkpoint.
    """
    optimiser = optimiser_for(list(weights.values()), recipe)
    mark = begun = saved.resume(weights, optimiser) if saved else Mark()
    start = 0.0
    for step, minibatch in enumerate(minibatches):
        if begun.step == steps:
            break
        if step < begun.step:
            learning.recall(minibatch)
            continue
        start = start or time.monotonic() - begun.seconds
        for group in optimiser.param_groups:
            group["lr"] = recipe.learning_rate * schedule(step, steps, recipe.warmup)
        loss, computed = learning.learn(minibatch)
        torch.nn.utils.clip_grad_norm_(weights.values(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        mark = mark.after(loss, computed.real, computed.positions, time.monotonic() - start)
        try:
            progress(mark.step, steps, loss, mark.real / mark.seconds)
        except BaseException:
            _save(saved, weights, optimiser, mark)
            raise
        if saved and (saved.due(mark.step) or mark.step == steps):
            _save(saved, weights, optimiser, mark)
    return mark


def _save(
    saved: Saved | None, weights: Mapping[str, Any], optimiser: torch.optim.Optimizer, mark: Mark
) -> None:
    if saved:
        saved.save(weights, optimiser, mark)


def trainable(model: Any) -> dict[str, Any]:
    """Weights by name. Asked before a loss takes the head off, as the head may be adapted too."""
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}


def schedule(step: int, steps: int, warmup: float) -> float:
    """The part of the learning rate at `step` from 0: linear up, then linear down."""
    ramp = max(int(steps * warmup), 1)
    return min((step + 1) / ramp, (steps - step) / max(steps - ramp, 1), 1.0)
