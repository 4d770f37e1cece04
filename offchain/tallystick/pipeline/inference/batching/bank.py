"""The adapters that can answer now, stacked beside each linear layer; the least recently used makes room."""

from collections import OrderedDict
from typing import Any

import torch
from torch import nn

from tallystick.errors import InvalidInput
from tallystick.pipeline.inference.batching.deltas import Delta, delta_of
from tallystick.pipeline.inference.batching.weights import AdapterWeights, Matrices


class BankedLinear(nn.Module):  # type: ignore[misc]
    """Any linear layer, packed ones too, with a stack of adapters beside it."""

    def __init__(self, inner: Any, bank: "AdapterBank") -> None:
        super().__init__()
        self.inner = inner
        self.in_features, self.out_features = inner.in_features, inner.out_features
        self._bank = (bank,)  # in a tuple: a bank is no submodule
        self.down: Any = None
        self.up: Any = None
        self.gain: Any = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.inner(x)
        bank = self._bank[0]
        if bank.delta is None or self.down is None:
            return out
        flat, told = out.view(-1, out.shape[-1]), x.reshape(-1, x.shape[-1])
        if self.gain is not None:
            plain = flat if self.inner.bias is None else flat - self.inner.bias
            factor = self.gain[bank.places.clamp(min=0)] * (bank.places >= 0)[:, None]
            flat = flat + factor * plain
        bank.delta.add(flat, told, self.down, self.up)
        return flat.view(out.shape)


class AdapterBank:
    """`places` adapters at once, of rank up to `rank`; used by one thread, but for `check`.

    A layer's stack is laid out when the first adapter that changes it comes, and anew for one of a higher rank.
    """

    def __init__(self, model: Any, places: int, rank: int, most_bytes: int) -> None:
        self.size, self._rank, self._most_bytes = places, rank, most_bytes
        self._held: OrderedDict[str, int] = OrderedDict()
        self._pins: dict[str, int] = {}
        self._ranks: dict[str, int] = {}
        self._layers: dict[str, BankedLinear] = {}
        self._device = next(model.parameters()).device
        self._dtype = model.lm_head.weight.dtype
        for name, layer in list(model.named_modules()):
            if hasattr(layer, "in_features") and not name.endswith("lm_head"):
                parent, _, own = name.rpartition(".")
                self._layers[name] = BankedLinear(layer, self)
                setattr(model.get_submodule(parent), own, self._layers[name])
        self.delta: Delta | None = None
        self.places = torch.empty(0, dtype=torch.long)

    @property
    def bytes(self) -> int:
        held = (t for b in self._layers.values() for t in (b.down, b.up, b.gain) if t is not None)
        return int(sum(t.numel() * t.element_size() for t in held))

    @property
    def resident(self) -> tuple[str, ...]:
        """Names, the least recently used first."""
        return tuple(self._held)

    def check(self, name: str, sizes: dict[str, int]) -> None:
        """`InvalidInput` for an adapter that could never stand here; `sizes`: rank by layer."""
        if max(sizes.values(), default=0) > self._rank:
            raise InvalidInput(
                f"The adapter {name!r} has rank {max(sizes.values())}; {self._rank} are served.",
                "Raise `serving.rank`.",
            )
        if unknown := sorted(set(sizes) - set(self._layers)):
            raise InvalidInput(f"The adapter {name!r} changes {unknown[0]}, which is not served.")
        ranks = {n: max(self._ranks.get(n, 0), sizes.get(n, 0)) for n in self._ranks | sizes}
        wanted = sum(
            r * (self._layers[n].in_features + self._layers[n].out_features) for n, r in ranks.items()
        )
        if wanted * self.size * self._dtype.itemsize > self._most_bytes:
            raise InvalidInput(
                f"The bank would take more than {self._most_bytes:,} bytes with {name!r}.",
                "Raise `serving.bank_mb` or lower `serving.bank`.",
            )
        self._ranks = ranks

    def is_resident(self, name: str) -> bool:
        return name in self._held

    def has_room(self) -> bool:
        return len(self._held) < self.size or any(not self._pins.get(n) for n in self._held)

    def put(self, name: str, weights: AdapterWeights) -> None:
        """In place of the least recently used one that answers nobody; only where `has_room`."""
        if name in self._held:
            return
        if len(self._held) < self.size:
            place = min(set(range(self.size)) - set(self._held.values()))
        else:
            old = next(n for n in self._held if not self._pins.get(n))
            place = self._held.pop(old)
        for layer, banked in self._layers.items():
            self._fill(banked, place, weights.get(layer))
        self._held[name] = place

    def _fill(self, banked: BankedLinear, place: int, given: Matrices | None) -> None:
        if given is None:
            for stack in (banked.down, banked.up, banked.gain):
                if stack is not None:
                    stack[place].zero_()
            return
        if banked.down is None or banked.down.shape[2] < given.rank:
            self._lay_out(banked, given.rank)
        banked.down[place].zero_()[:, : given.rank].copy_(given.down)
        banked.up[place].zero_()[: given.rank].copy_(given.up)
        if given.gain is not None and banked.gain is None:
            banked.gain = self._zeros(banked.out_features)
        if banked.gain is not None:
            banked.gain[place].zero_()
            if given.gain is not None:
                banked.gain[place].copy_(given.gain)

    def _lay_out(self, banked: BankedLinear, rank: int) -> None:
        down, up = banked.down, banked.up
        banked.down = self._zeros(banked.in_features, rank)
        banked.up = self._zeros(rank, banked.out_features)
        if down is not None:
            banked.down[:, :, : down.shape[2]] = down
            banked.up[:, : up.shape[1]] = up

    def _zeros(self, *size: int) -> torch.Tensor:
        return torch.zeros((self.size, *size), dtype=self._dtype, device=self._device)

    def pin(self, name: str) -> None:
        """One answer more is under way with it."""
        self._held.move_to_end(name)
        self._pins[name] = self._pins.get(name, 0) + 1

    def unpin(self, name: str) -> None:
        self._pins[name] -= 1
        if not self._pins[name]:
            del self._pins[name]

    def drop(self, name: str) -> None:
        """Of an adapter that is served no more; only when no answer is under way with it."""
        self._held.pop(name, None)

    def aim(self, adapters: list[tuple[str | None, int]]) -> None:
        """The adapter of each of the next step's tokens, as runs of (name or None, tokens)."""
        places = [self._held[n] if n is not None else -1 for n, tokens in adapters for _ in range(tokens)]
        self.places = torch.tensor(places, device=self._device)
        self.delta = delta_of(self.places)
