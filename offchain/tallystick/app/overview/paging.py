"""A part of a long list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

_Row = TypeVar("_Row")
_Made = TypeVar("_Made")
SIZE = 25


@dataclass(frozen=True, slots=True)
class Page(Generic[_Row]):
    """`number` counts from 1, `total` is of the whole list."""

    rows: tuple[_Row, ...]
    number: int
    total: int
    size: int = SIZE

    @property
    def last(self) -> int:
        return max(-(-self.total // self.size), 1)

    def map(self, make: Callable[[_Row], _Made]) -> "Page[_Made]":
        return Page(tuple(make(row) for row in self.rows), self.number, self.total, self.size)


def page_of(rows: Sequence[_Row], number: int, size: int = SIZE) -> Page[_Row]:
    """Of a list that is at hand."""
    at = within(number, len(rows), size)
    return Page(tuple(rows[(at - 1) * size : at * size]), at, len(rows), size)


def within(number: int, total: int, size: int = SIZE) -> int:
    """The nearest page that there is."""
    return min(max(number, 1), max(-(-total // size), 1))
