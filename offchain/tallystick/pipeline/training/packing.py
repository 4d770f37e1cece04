"""Records as tensors: packed rows in which none sees another, or padded ones of like length; and what padding costs."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from tallystick.pipeline.training.records import Encoded

IGNORED = -100
POOL = 32


@dataclass(frozen=True, slots=True)
class Rows:
    """What one forward pass takes; every tensor has the shape (rows, length).

    `targets` holds at each place the id that comes next, or IGNORED. Packed rows have `positions` and no `mask`: by
    positions that begin anew transformers keeps records apart, unless a mask or a cache is given.
    """

    ids: torch.Tensor
    targets: torch.Tensor
    positions: torch.Tensor | None
    mask: torch.Tensor | None
    real: int


@dataclass(frozen=True, slots=True)
class Filling:
    """Real tokens among the positions that were computed; virtual tokens are neither."""

    real: int = 0
    positions: int = 0

    def __add__(self, other: "Filling") -> "Filling":
        return Filling(self.real + other.real, self.positions + other.positions)

    @property
    def share(self) -> float:
        return self.real / self.positions if self.positions else 1.0


def filling(rows: Rows) -> Filling:
    return Filling(rows.real, rows.ids.numel())


def first_fit_decreasing(lengths: Sequence[int], cutoff: int) -> list[list[int]]:
    """Places of `lengths` by rows of at most `cutoff` each: longest first, each into the first row with room.

    Uses at most 11/9 of the fewest possible rows, and 6/9 of one (Dosa 2007). A length above `cutoff` gets its own row.
    """
    rows: list[list[int]] = []
    room: list[int] = []
    for place in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        need = lengths[place]
        row = next((r for r, left in enumerate(room) if left >= need), len(rows))
        if row == len(rows):
            rows.append([])
            room.append(cutoff)
        rows[row].append(place)
        room[row] -= need
    return rows


def packed_rows(records: Sequence[Encoded], cutoff: int) -> list[Rows]:
    """One pass a row, so that nothing is padded; all the same memory as one row of `cutoff`."""
    groups = first_fit_decreasing([len(r) for r in records], cutoff)
    return [packed_row([records[i] for i in group]) for group in groups]


def packed_row(records: Sequence[Encoded]) -> Rows:
    return Rows(
        ids=torch.tensor([[i for r in records for i in r.ids]]),
        targets=torch.tensor([[t for r in records for t in _targets(r)]]),
        positions=torch.cat([torch.arange(len(r)) for r in records])[None],
        mask=None,
        real=sum(len(r) for r in records),
    )


def padded_rows(records: Sequence[Encoded]) -> Rows:
    """One pass, each record a row, padded on the right with id 0 to the longest of these records."""
    longest = max(len(r) for r in records)
    rest = [longest - len(r) for r in records]
    both = list(zip(records, rest, strict=True))
    return Rows(
        ids=torch.tensor([[*r.ids, *([0] * more)] for r, more in both]),
        targets=torch.tensor([[*_targets(r), *([IGNORED] * more)] for r, more in both]),
        positions=None,
        mask=torch.tensor([[1] * len(r) + [0] * more for r, more in both]),
        real=sum(len(r) for r in records),
    )


def minibatches(
    records: Sequence[Encoded], size: int, seed: int, epochs: int, *, bucketing: bool
) -> Iterator[list[Encoded]]:
    """Every record once an epoch in shuffled order; with `bucketing` those of like length come together.

    Buckets are cut out of pools of POOL minibatches, so lengths of one pool alone are sorted and order stays random.
    """
    draw = random.Random(seed)
    for _ in range(epochs):
        order = list(records)
        draw.shuffle(order)
        pool = size * POOL if bucketing else len(order)
        cut: list[list[Encoded]] = []
        for k in range(0, len(order), pool):
            part = sorted(order[k : k + pool], key=len) if bucketing else order
            cut += [part[j : j + size] for j in range(0, len(part), size)]
        if bucketing:
            draw.shuffle(cut)
        yield from cut


def _targets(record: Encoded) -> list[int]:
    following = zip(record.ids[1:], record.learnt[1:], strict=True)
    return [*(i if is_learnt else IGNORED for i, is_learnt in following), IGNORED]
