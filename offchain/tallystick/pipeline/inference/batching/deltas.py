"""What adapters add to a linear layer's output, token by token; two ways to one sum.

Adapters stand stacked: `down` (places, in, rank), `up` (places, rank, out) with the scaling in it. A token's place is -1
where it has no adapter.
"""

from dataclasses import dataclass
from typing import Protocol

import torch

# From so many tokens on, an adapter's tokens are worth a multiplication of their own.
WIDE = 16


class Delta(Protocol):
    """Adds to `out` (tokens, out) in place what the adapters make of `x` (tokens, in)."""

    def add(self, out: torch.Tensor, x: torch.Tensor, down: torch.Tensor, up: torch.Tensor) -> None: ...


@dataclass(frozen=True, slots=True)
class _Padded:
    """Adapters with few tokens each, as one batched product: their tokens in rows of equal length, padded."""

    places: slice | torch.Tensor
    tokens: torch.Tensor  # (adapters, most tokens), padding points at token 0
    rows: torch.Tensor
    cells: torch.Tensor  # where each of `rows` stands in the flattened product


class ReferenceDelta:
    """Few tokens an adapter: one padded batched product. Many: one product each. For CPUs, and to test others by."""

    def __init__(self, places: torch.Tensor) -> None:
        self._wide: list[tuple[int, torch.Tensor | None]] = []
        self._padded: _Padded | None = None
        told = places.tolist()
        groups: dict[int, list[int]] = {}
        for token, place in enumerate(told):
            if place >= 0:
                groups.setdefault(place, []).append(token)
        few = {p: t for p, t in sorted(groups.items()) if len(t) < WIDE and len(groups) > 1}
        for place, tokens in groups.items():
            if place not in few:
                whole = len(tokens) == len(told)
                self._wide.append((place, None if whole else torch.tensor(tokens, device=places.device)))
        if few:
            self._padded = _padded(few, places.device)

    def add(self, out: torch.Tensor, x: torch.Tensor, down: torch.Tensor, up: torch.Tensor) -> None:
        for place, rows in self._wide:
            if rows is None:
                out += x @ down[place] @ up[place]
            else:
                out.index_add_(0, rows, x[rows] @ down[place] @ up[place])
        if (few := self._padded) is not None:
            made = torch.bmm(torch.bmm(x[few.tokens], down[few.places]), up[few.places])
            out.index_add_(0, few.rows, made.flatten(0, 1)[few.cells])


def _padded(groups: dict[int, list[int]], device: torch.device) -> _Padded:
    most = max(len(tokens) for tokens in groups.values())
    places = list(groups)
    tokens = [t + [0] * (most - len(t)) for t in groups.values()]
    rows = [t for group in groups.values() for t in group]
    cells = [g * most + n for g, group in enumerate(groups.values()) for n in range(len(group))]
    in_a_row = places == list(range(places[0], places[0] + len(places)))
    return _Padded(
        slice(places[0], places[0] + len(places)) if in_a_row else torch.tensor(places, device=device),
        torch.tensor(tokens, device=device),
        torch.tensor(rows, device=device),
        torch.tensor(cells, device=device),
    )


class GroupedDelta:
    """Tokens sorted by adapter and multiplied group by group in one kernel each way. For GPUs."""

    def __init__(self, places: torch.Tensor) -> None:
        order = places.argsort(stable=True)
        self._order = order[places[order] >= 0]
        self._places = places

    def add(self, out: torch.Tensor, x: torch.Tensor, down: torch.Tensor, up: torch.Tensor) -> None:
        from torch.nn.functional import grouped_mm

        if not self._order.numel():
            return
        counts = torch.bincount(self._places[self._order], minlength=down.shape[0])
        ends = counts.cumsum(0).to(torch.int32)
        made = grouped_mm(grouped_mm(x[self._order], down, offs=ends), up, offs=ends)
        out.index_add_(0, self._order, made.to(out.dtype))


def delta_of(places: torch.Tensor) -> Delta | None:
    """The way that fits the device; None where no token has an adapter."""
    if bool((places < 0).all()):
        return None
    return GroupedDelta(places) if places.device.type == "cuda" else ReferenceDelta(places)
