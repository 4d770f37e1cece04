"""Keys and values of the requests under way: a place of its own for each, laid out once, never shared, never moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from tallystick.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for `tokens` tokens on one shelf."""

    shelf: int
    place: int
    tokens: int


@dataclass(frozen=True, slots=True)
class CacheShape:
    """What one token takes: `bytes_each` over all layers, keys and values."""

    layers: int
    heads: int
    width: int
    dtype: torch.dtype
    device: torch.device

    @property
    def bytes_each(self) -> int:
        return int(2 * self.layers * self.heads * self.width * self.dtype.itemsize)


def shape_of(model: Any) -> CacheShape:
    """Of a causal model of the plain families."""
    config, first = model.config, next(model.parameters())
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    dtype = model.lm_head.weight.dtype if hasattr(model, "lm_head") else first.dtype
    return CacheShape(config.num_hidden_layers, config.num_key_value_heads, width, dtype, first.device)


def shelves_for(budget: int, shape: CacheShape, longest: int, most: int) -> tuple[tuple[int, int], ...]:
    """(places, tokens of a place), short ones first: half of `budget` bytes for answers of any length up to `longest`
    tokens, half for those of a quarter; at most `most` places on a shelf. `InvalidInput` where not even one fits.
    """
    short = max(longest // 4, 1)
    whole = min(budget // (shape.bytes_each * longest), most)
    if whole < 1:
        raise InvalidInput(
            f"{budget:,} bytes hold no answer of {longest} tokens, which takes {shape.bytes_each * longest:,}.",
            "Raise `serving.cache_mb` or lower `serving.longest`.",
        )
    long = max(whole // 2, 1)
    left = budget - long * longest * shape.bytes_each
    shorts = min(left // (shape.bytes_each * short), most)
    return ((shorts, short), (long, longest)) if shorts else ((long, longest),)


class Slots:
    """Memory for all requests, reserved at the start; a request without a place waits."""

    def __init__(self, shape: CacheShape, shelves: Sequence[tuple[int, int]]) -> None:
        self.shape = shape
        self._shelves = tuple(sorted(shelves, key=lambda s: s[1]))
        self._free = [list(range(places)) for places, _ in self._shelves]
        # Keys and values by shelf and layer, each (places, heads, tokens, width).
        self.keys = [self._laid_out(*shelf) for shelf in self._shelves]
        self.values = [self._laid_out(*shelf) for shelf in self._shelves]

    def _laid_out(self, places: int, tokens: int) -> list[torch.Tensor]:
        s = self.shape
        size = (places, s.heads, tokens, s.width)
        return [torch.zeros(size, dtype=s.dtype, device=s.device) for _ in range(s.layers)]

    @property
    def places(self) -> int:
        return sum(places for places, _ in self._shelves)

    @property
    def longest(self) -> int:
        return self._shelves[-1][1]

    @property
    def bytes(self) -> int:
        return sum(places * tokens for places, tokens in self._shelves) * self.shape.bytes_each

    @property
    def free(self) -> int:
        return sum(len(held) for held in self._free)

    def take(self, tokens: int) -> Slot | None:
        """The smallest free place of so many tokens, None where there is none now."""
        for shelf, (_, most) in enumerate(self._shelves):
            if most >= tokens and self._free[shelf]:
                place = min(self._free[shelf])
                self._free[shelf].remove(place)
                return Slot(shelf, place, most)
        return None

    def give_back(self, slot: Slot, held: int) -> None:
        """The `held` tokens that stood there are wiped before anyone else may stand there."""
        for layer in range(self.shape.layers):
            self.keys[slot.shelf][layer][slot.place, :, :held].zero_()
            self.values[slot.shelf][layer][slot.place, :, :held].zero_()
        self._free[slot.shelf].append(slot.place)

    def copied(self, slot: Slot, tokens: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Keys and values of a slot's first tokens by layer, each (1, heads, tokens, width), as copies."""
        return [
            (
                keys[slot.place : slot.place + 1, :, :tokens].clone(),
                values[slot.place : slot.place + 1, :, :tokens].clone(),
            )
            for keys, values in zip(self.keys[slot.shelf], self.values[slot.shelf], strict=True)
        ]
