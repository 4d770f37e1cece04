"""One training on several processes: each learns its part of every minibatch, and gradients are summed over all.

Weights are whole in each process, or sharded over them (FSDP), those of packed 4-bit layers too. Order, steps and losses
are those of one process, but for the order in which sums are taken.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import torch
import torch.distributed as dist

from tallystick.pipeline.training.packing import IGNORED, Filling, Rows, packed_rows, padded_rows
from tallystick.pipeline.training.recipe import TrainingRecipe
from tallystick.pipeline.training.records import Encoded

Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class Group:
    """This process among `size`; `sharded` spreads frozen and trained weights over them."""

    rank: int
    size: int
    sharded: bool = False

    @classmethod
    def joined(cls, *, sharded: bool = False) -> "Group":
        """The processes that torchrun or a launcher beside this file started, as their environment says."""
        if torch.cuda.is_available():
            torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", 0)))
        if not dist.is_initialized():
            dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
        return cls(dist.get_rank(), dist.get_world_size(), sharded)

    @property
    def device(self) -> str:
        return f"cuda:{torch.cuda.current_device()}" if torch.cuda.is_available() else "cpu"

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def any(self, value: bool) -> bool:
        """Whether any process says so."""
        said = torch.tensor(int(value), device=self.device)
        dist.all_reduce(said, dist.ReduceOp.MAX)
        return bool(said)

    def told(self, value: Told) -> Told:
        """The first process' value, in all of them."""
        held = [value]
        dist.broadcast_object_list(held)
        return held[0]

    def leave(self) -> None:
        dist.destroy_process_group()

    def spread(self, model: Any) -> None:
        """Before the optimiser is made: shard, or give every process rank 0's weights."""
        if not self.sharded:
            for weight in model.parameters():
                if weight.requires_grad:
                    dist.broadcast(weight.data, 0)
            return
        from torch.distributed.fsdp import fully_shard

        for layer in model.get_base_model().get_decoder().layers:
            fully_shard(layer)
        fully_shard(model)

    def passes(self, minibatch: Sequence[Encoded], recipe: TrainingRecipe) -> list[Rows]:
        """This process' own; sharded, all make the same number, of which the last may have nothing to learn."""
        every = [self._rows(part, recipe) for part in parts(minibatch, self.size)]
        mine = every[self.rank]
        if self.sharded:
            (rows,) = self._rows([min(minibatch, key=len)], recipe)
            idle = replace(rows, targets=torch.full_like(rows.targets, IGNORED), real=0)
            mine += [idle] * (max(map(len, every)) - len(mine))
        return mine

    def _rows(self, part: Sequence[Encoded], recipe: TrainingRecipe) -> list[Rows]:
        if not part:
            return []
        return packed_rows(part, recipe.cutoff) if recipe.packing else [padded_rows(part)]

    @property
    def scale(self) -> float:
        """Of the loss: FSDP takes the mean of the processes' gradients, and the sum is wanted."""
        return float(self.size) if self.sharded else 1.0

    def sum_up(self, weights: Iterable[torch.Tensor], loss: float, filled: Filling) -> tuple[float, Filling]:
        """Everybody's gradients in place, loss and filling."""
        told = torch.tensor([loss, filled.real, filled.positions], dtype=torch.float64, device=self.device)
        dist.all_reduce(told)
        if not self.sharded:
            for weight in weights:
                if weight.grad is None:
                    weight.grad = torch.zeros_like(weight)
                dist.all_reduce(weight.grad)
        return float(told[0]), Filling(int(told[1]), int(told[2]))

    def make_whole(self, model: Any) -> None:
        """After the last step: trained weights as they are without sharding, in every process."""
        if not self.sharded:
            return
        for module in model.modules():
            for name, weight in list(module._parameters.items()):
                if weight is not None and weight.requires_grad and hasattr(weight, "full_tensor"):
                    module._parameters[name] = torch.nn.Parameter(weight.full_tensor().detach().clone())


def parts(minibatch: Sequence[Encoded], size: int) -> list[list[Encoded]]:
    """By records, the longest first, each to who has the fewest tokens; in a part records keep their order."""
    chosen: list[list[int]] = [[] for _ in range(size)]
    loads = [0] * size
    for place in sorted(range(len(minibatch)), key=lambda i: (-len(minibatch[i]), i)):
        least = loads.index(min(loads))
        chosen[least].append(place)
        loads[least] += len(minibatch[place])
    return [[minibatch[i] for i in sorted(places)] for places in chosen]
