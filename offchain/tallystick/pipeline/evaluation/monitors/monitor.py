"""What a monitor is: which streams it reads off the traffic, and what their means are tested against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tallystick.domain.traffic import Entry

Plain = dict[str, Any]
TOLERANCE = 50_000


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one stream, ppm."""

    stream: str
    value: int


@dataclass(frozen=True, slots=True)
class Read:
    """What a monitor remembers after an entry, and what it read off it."""

    memory: Plain
    readings: tuple[Reading, ...] = field(default=())


class Monitor(Protocol):
    """`shape` and `memory` are JSON's own types, so that a stored monitor goes on where it stopped.

    Attributes:
        name: as commands and the ledger have it.
        watches: the statistic in one line.
        tolerance: ppm that a mean may move before it counts as a change.
        bound: ppm, where the null needs no reference; None where the reference sets it, stream by stream.
    """

    @property
    def name(self) -> str: ...
    @property
    def watches(self) -> str: ...
    @property
    def tolerance(self) -> int: ...
    @property
    def bound(self) -> int | None: ...
    def shape(self, entries: Sequence[Entry]) -> Plain:
        """What the first part of the reference fixes: classes, cells, the main language."""

    def streams(self, shape: Mapping[str, Any]) -> tuple[str, ...]:
        """Streams whose bounds the rest of the reference sets."""

    def width(self, shape: Mapping[str, Any]) -> int:
        """The most streams that one entry can move; the rate is shared out over them."""

    def read(self, shape: Mapping[str, Any], memory: Mapping[str, Any], entry: Entry) -> Read: ...
