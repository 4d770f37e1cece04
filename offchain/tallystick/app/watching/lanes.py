"""Which intervals of which lanes an operator's batches covered, so that few old files are read for a new one."""

import json
from collections.abc import Iterable
from pathlib import Path

from tallystick.domain.ids import Address
from tallystick.domain.trees import ReceiptLeaf
from tallystick.errors import Unavailable

Interval = tuple[int, int]


class LaneBook:
    """It holds too much rather than too little: what was convicted stays in it, and only costs a closer look."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._open: tuple[Address, dict[str, list[Interval]], set[str]] | None = None

    def has(self, operator: Address, mark: str) -> bool:
        """Whether the batch of this mark was added."""
        return mark in self._of(operator)[1]

    def covers(self, operator: Address, leaves: Iterable[ReceiptLeaf]) -> bool:
        """Whether any of these receipts reaches into what was added."""
        lanes, _ = self._of(operator)
        return any(
            first < leaf.signed.receipt.cumulative and leaf.signed.receipt.previous < last
            for leaf in leaves
            for first, last in lanes.get(_lane(leaf), ())
        )

    def add(self, operator: Address, mark: str, leaves: Iterable[ReceiptLeaf]) -> None:
        lanes, marks = self._of(operator)
        for leaf in leaves:
            receipt = leaf.signed.receipt
            _join(lanes.setdefault(_lane(leaf), []), (receipt.previous, receipt.cumulative))
        marks.add(mark)
        fresh = self._file(operator).with_suffix(".new")
        try:
            fresh.write_text(json.dumps({"marks": sorted(marks), "lanes": lanes}), encoding="utf-8")
            fresh.replace(self._file(operator))
        except OSError as error:
            self._open = None  # as the disk has it
            raise Unavailable(f"{fresh} cannot be written: {error.strerror}.", "Mend the disk.") from error

    def _of(self, operator: Address) -> tuple[dict[str, list[Interval]], set[str]]:
        """One operator's at a time is held in memory."""
        if self._open is None or self._open[0] != operator:
            try:
                told = json.loads(self._file(operator).read_text(encoding="utf-8"))
            except (FileNotFoundError, ValueError):
                told = {"marks": [], "lanes": {}}
            lanes = {lane: [(int(a), int(b)) for a, b in rows] for lane, rows in told["lanes"].items()}
            self._open = operator, lanes, set(told["marks"])
        return self._open[1], self._open[2]

    def _file(self, operator: Address) -> Path:
        return self._folder / f"{operator}.json"


def _lane(leaf: ReceiptLeaf) -> str:
    return f"{leaf.signed.receipt.consumer}/{leaf.signed.receipt.lane}"


def _join(rows: list[Interval], new: Interval) -> None:
    """Mostly right after the last one."""
    if rows and rows[-1][1] == new[0]:
        rows[-1] = rows[-1][0], new[1]
    else:
        rows.append(new)
