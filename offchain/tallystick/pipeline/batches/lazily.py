"""A sequence whose rows are made when they are asked for, so that a long one need not stand in memory."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar, overload

Row = TypeVar("Row")


class Lazily(Sequence[Row], Generic[Row]):
    """`make` gives row n, the same each time. The row that was made last is kept: neighbours ask for one twice."""

    def __init__(self, count: int, make: Callable[[int], Row]) -> None:
        self._count, self._make = count, make
        self._last: tuple[int, Row] | None = None

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, at: int | slice) -> Row | tuple[Row, ...]:
        if isinstance(at, slice):
            return tuple(self[n] for n in range(*at.indices(self._count)))
        number = at + self._count if at < 0 else at
        if not 0 <= number < self._count:
            raise IndexError(at)
        if self._last is None or self._last[0] != number:
            self._last = number, self._make(number)
        return self._last[1]
