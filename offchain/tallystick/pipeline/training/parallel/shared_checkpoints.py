"""Checkpoints of a training by several processes: one set, kept by the first, of whole weights however they are held."""

import torch

from tallystick.errors import NodeError
from tallystick.pipeline.training.checkpoint import Checkpoints, Found, Mark, Weights, restore, state_of
from tallystick.pipeline.training.parallel.group import Group


class SharedCheckpoints:
    """As `Checkpoints`; every process calls every method. `saved` is the first one's, and not touched by the others."""

    def __init__(self, group: Group, saved: Checkpoints) -> None:
        self._group, self._saved = group, saved

    def due(self, step: int) -> bool:
        """The first process has the clock."""
        return self._group.any(self._group.is_first and self._saved.due(step))

    def save(self, weights: Weights, optimiser: torch.optim.Optimizer, mark: Mark) -> None:
        tensors, plain = state_of(weights, optimiser)
        if self._group.is_first:
            self._saved.write(tensors, plain, mark)

    def resume(self, weights: Weights, optimiser: torch.optim.Optimizer) -> Mark:
        """What the first process reads goes to all; so does its refusal, as the others would wait for ever."""
        told: Found | NodeError | None = None
        if self._group.is_first:
            try:
                told = self._saved.newest(weights)
            except NodeError as error:
                told = error
        told = self._group.told(told)
        if isinstance(told, NodeError):
            raise told
        if told is None:
            return Mark()
        tensors, plain, mark = told
        restore(weights, optimiser, tensors, plain)
        return mark
