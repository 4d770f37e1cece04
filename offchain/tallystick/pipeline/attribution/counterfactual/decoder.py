"""A decoder whose frozen layers' work is kept: what answers are worth under adapters on its last layers."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from tallystick.pipeline.attribution.counterfactual.adapters import Upper, Weights
from tallystick.pipeline.attribution.counterfactual.head import Head


class Halves(Protocol):
    """The decoder in two parts; see `pipeline.models.halves`."""

    def lower(self, texts: Sequence[Sequence[int]], shared: int = 0) -> list[torch.Tensor]: ...
    def upper(self, rows: Sequence[torch.Tensor], shared: int = 0) -> list[torch.Tensor]: ...


HalvesOf = Callable[[Any, int], Halves]


@dataclass(frozen=True, slots=True)
class Told:
    """Token ids of a prompt with its answer; `start` is the position of the answer's first token."""

    ids: tuple[int, ...]
    start: int


@dataclass(frozen=True, slots=True)
class Shape:
    """LoRA of `rank` on the last `layers` layers. `precision` is that of products, "fp32" or "bf16"; sums and
    adapters are fp32."""

    layers: int = 2
    rank: int = 16
    alpha: float = 32.0
    precision: str = "bf16"


class SplitDecoder:
    """`batch` texts run as one row. What the frozen layers make of a text is kept until `forget`: 4 bytes a number,
    2.3 kB a token of 576."""

    def __init__(self, model: Any, halves: HalvesOf, shape: Shape, batch: int = 16) -> None:
        kind = torch.bfloat16 if shape.precision == "bf16" else torch.float32
        self.upper = Upper(model, layers=shape.layers, rank=shape.rank, alpha=shape.alpha, kind=kind)
        self.head = Head(self.upper.shadow.lm_head, kind)
        self._halves = halves(self.upper.shadow, self.upper.cut)
        self._narrow, self._batch = kind is torch.bfloat16, batch
        self._device = next(iter(self.upper.parameters().values())).device
        self._rows: dict[Told, torch.Tensor] = {}

    def batches(self, told: Sequence[Told]) -> list[Sequence[Told]]:
        return [told[k : k + self._batch] for k in range(0, len(told), self._batch)]

    def logprobs(self, weights: Weights, told: Sequence[Told]) -> list[float]:
        """Log-probability of each answer after its prompt under an adapter, nats summed over its tokens."""
        self.upper.load(weights)
        found: list[float] = []
        with torch.no_grad():
            for group in self.batches(told):
                parts = self.nll(group).split([len(t.ids) - t.start for t in group])
                found += [-float(part.sum()) for part in parts]
        return found

    def nll(self, group: Sequence[Told], *, narrow: bool = False) -> torch.Tensor:
        """Negative log-likelihood of every answer token of one row, nats; `narrow` over the head's kept words."""
        target = torch.tensor([i for t in group for i in t.ids[t.start :]])
        return self.head.nll(self.final(group), target, narrow=narrow)

    def final(self, group: Sequence[Told]) -> torch.Tensor:
        """Final hidden states at the places that predict the group's answers."""
        shared = shared_start(group)
        final = self._halves.upper(self._lower(group), shared)
        return torch.cat([row[t.start - 1 - shared :] for row, t in zip(final, group, strict=True)])

    def forget(self) -> None:
        self._rows.clear()

    def _lower(self, group: Sequence[Told]) -> list[torch.Tensor]:
        for few in self.batches([t for t in dict.fromkeys(group) if t not in self._rows]):
            with torch.autocast(self._device.type, torch.bfloat16, enabled=self._narrow):
                made = self._halves.lower([t.ids[:-1] for t in few], shared_start(few))
            self._rows |= {t: row.float() for t, row in zip(few, made, strict=True)}
        return [self._rows[t] for t in group]


def shared_start(group: Sequence[Told]) -> int:
    """How many first ids all texts share, short of any answer's first prediction."""
    first, last = min(t.ids for t in group), max(t.ids for t in group)
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return min(sum(1 for _ in same), *(t.start - 1 for t in group))
