"""Which records of a file repeat records that are registered already, before anybody bonds for them."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tallystick.app.auditing.provenance import known_set
from tallystick.app.overview.catalogue import DatasetLine
from tallystick.domain.dataset import Record
from tallystick.domain.ids import Address, AssetId
from tallystick.errors import NodeError
from tallystick.pipeline.datasets.care.copies import check_known
from tallystick.pipeline.datasets.care.finding import Finding, Kind
from tallystick.pipeline.datasets.care.rules import Rules
from tallystick.pipeline.datasets.unchecked import Unchecked
from tallystick.ports import Chain, ContentStore

# Registered records that are looked at, the earliest first, and the seconds in which their files must come.
MOST_RECORDS: Final = 200_000
MOST_S: Final = 60.0
SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class RepeatedSet:
    """How many records of the file are the `same` as this data set's, and how many `near` to one of them."""

    asset_id: AssetId
    name: str
    owner: Address
    is_own: bool
    same: int
    near: int


@dataclass(frozen=True, slots=True)
class RepeatedRecord:
    """The record on a line of the file, and which record (from 0) of a data set it repeats."""

    line: int
    asset_id: AssetId
    name: str
    record: int
    is_same: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """A file beside the registry; `shown` has the first 20.

    `looked_at` data sets with `known` records could be compared. Of `private` ones only readers know the records,
    `unread` ones gave no sound file, and `left_out` ones were too many.
    """

    records: int
    same: int
    near: int
    sets: tuple[RepeatedSet, ...]
    shown: tuple[RepeatedRecord, ...]
    looked_at: int
    known: int
    private: int
    unread: int
    left_out: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing in the file is new."""
        return 0 < self.records == self.same + self.near

    @property
    def is_complete(self) -> bool:
        """Whether every registered data set could be compared."""
        return not (self.private or self.unread or self.left_out)


@dataclass(slots=True)
class _Known:
    """Registered records in the order of priority, with whose they are."""

    bodies: list[dict[str, str]]
    places: list[tuple[DatasetLine, str, int]]
    looked_at: int = 0
    private: int = 0
    unread: int = 0
    left_out: int = 0

    def add(self, line: DatasetLine, name: str, records: Sequence[Record]) -> None:
        self.looked_at += 1
        self.bodies += [record.body for record in records]
        self.places += [(line, name, record.index) for record in records]


def compare(
    chain: Chain,
    content: ContentStore,
    lines: Iterable[DatasetLine],
    found: Unchecked,
    owner: Address | None,
    clock: Callable[[], float] = time.monotonic,
) -> Compared:
    """Against every registered data set whose records can be read, `owner`'s own among them."""
    known = _read(chain, content, sorted(lines, key=lambda line: line.order), clock)
    repeats = sorted(check_known(found.bodies, known.bodies, Rules()), key=lambda finding: finding.index)
    counted = Counter((_at(known, r)[0].asset_id, r.kind) for r in repeats)
    firsts: dict[AssetId, tuple[DatasetLine, str, int]] = {}
    for repeat in repeats:
        firsts.setdefault(_at(known, repeat)[0].asset_id, _at(known, repeat))
    return Compared(
        records=len(found.bodies),
        same=sum(r.kind is Kind.COPY for r in repeats),
        near=sum(r.kind is Kind.NEAR_COPY for r in repeats),
        sets=tuple(
            RepeatedSet(
                a, name, line.owner, line.owner == owner, counted[a, Kind.COPY], counted[a, Kind.NEAR_COPY]
            )
            for a, (line, name, _) in firsts.items()
        ),
        shown=tuple(_shown(known, r, found.lines) for r in repeats[:SHOWN]),
        looked_at=known.looked_at,
        known=len(known.bodies),
        private=known.private,
        unread=known.unread,
        left_out=known.left_out,
    )


def _read(
    chain: Chain, content: ContentStore, lines: Sequence[DatasetLine], clock: Callable[[], float]
) -> _Known:
    """A content network may search long for what nobody holds: after `MOST_S` the rest is left out."""
    known, until = _Known([], []), clock() + MOST_S
    for line in lines:
        if len(known.bodies) + line.records > MOST_RECORDS or clock() > until:
            known.left_out += 1
            continue
        try:
            read: Any = known_set(chain, content, line.asset_id)
        except NodeError:
            known.unread += 1
            continue
        if read.records is None:
            known.private += 1
        else:
            known.add(line, read.name, read.records)
    return known


def _at(known: _Known, repeat: Finding) -> tuple[DatasetLine, str, int]:
    assert repeat.other is not None
    return known.places[repeat.other]


def _shown(known: _Known, repeat: Finding, lines: Sequence[int]) -> RepeatedRecord:
    line, name, record = _at(known, repeat)
    return RepeatedRecord(lines[repeat.index], line.asset_id, name, record, repeat.kind is Kind.COPY)
