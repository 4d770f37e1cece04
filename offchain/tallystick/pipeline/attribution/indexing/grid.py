"""The grid on which two honest nodes agree: unit rows at a few bits a number, packed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tallystick.errors import InvalidInput

Rows = NDArray[np.float32]
Levels = NDArray[np.uint8]

# Even steps that lose least of Gaussian numbers, in standard deviations (Max 1960, table II).
_STEPS = {1: 1.5957, 2: 0.9957, 4: 0.3352, 8: 0.0308}
MOST_MOVED = 0.01


@dataclass(frozen=True, slots=True)
class Grid:
    """`width` numbers of `bits` each, 1, 2, 4 or 8; a row takes whole bytes.

    The scale is that of a unit row of `width` Gaussian numbers, the same for all rows: a row's own largest number would
    move all its levels at once.
    """

    width: int
    bits: int

    def __post_init__(self) -> None:
        if self.bits not in _STEPS or self.width < 1 or self.width * self.bits % 8:
            raise InvalidInput(
                f"{self.width} numbers of {self.bits} bits are no grid.",
                "Use 1, 2, 4 or 8 bits, and whole bytes a row.",
            )

    @property
    def size(self) -> int:
        """Bytes a row."""
        return self.width * self.bits // 8

    def levels(self, rows: Rows) -> Levels:
        """Of unit rows, shape (count, width)."""
        half = 1 << (self.bits - 1)
        steps = np.floor(rows * np.float32(np.sqrt(self.width) / _STEPS[self.bits]))
        made: Levels = np.clip(steps + half, 0, 2 * half - 1).astype(np.uint8)
        return made

    def packed(self, levels: Levels) -> Levels:
        """Shape (count, size); the first number stands in a byte's lowest bits."""
        each = 8 // self.bits
        parts = levels.reshape(len(levels), self.size, each)
        made = np.zeros((len(levels), self.size), dtype=np.uint8)
        for place in range(each):
            made |= parts[:, :, place] << np.uint8(place * self.bits)
        return made

    def unpacked(self, packed: Levels) -> Levels:
        """Levels of packed rows, shape (count, width)."""
        each, mask = 8 // self.bits, np.uint8((1 << self.bits) - 1)
        shifts = np.arange(each, dtype=np.uint8) * np.uint8(self.bits)
        made: Levels = ((packed[:, :, None] >> shifts) & mask).reshape(len(packed), self.width)
        return made

    def rows(self, packed: Levels) -> Rows:
        """Unit rows that the levels stand for."""
        made = self.unpacked(packed).astype(np.float32) - np.float32((1 << (self.bits - 1)) - 0.5)
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return made


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two honest computations of rows differ: the largest move in levels, and the part of numbers that moved."""

    largest: int
    moved: float

    @property
    def is_honest(self) -> bool:
        """At most one level, at most one number in a hundred: what rounding of floats explains."""
        return self.largest <= 1 and self.moved <= MOST_MOVED


def agreement(ours: Levels, theirs: Levels) -> Agreement:
    """Of levels of one shape; `InvalidInput` for others."""
    if ours.shape != theirs.shape:
        raise InvalidInput(f"Rows of shape {ours.shape} and {theirs.shape} cannot be compared.")
    apart = np.abs(ours.astype(np.int16) - theirs.astype(np.int16))
    return Agreement(int(apart.max(initial=0)), float((apart > 0).mean()) if apart.size else 0.0)
