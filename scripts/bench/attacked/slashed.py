"""Honest operators whom an audit would have slashed: what the campaign of honest checks has found of this very code.

`SCALE=audits make bench NAME=redteam` goes on with it, for SECONDS (600). Its journal is the bench of attribution's, with
a line a chunk under its seed and the digest of what is checked, so that a stopped one goes on where it was.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.attributed import audits
from bench.attributed.auditing import arithmetic, shelves
from bench.attributed.laboratory import Laboratory
from bench.harness import Figure, Impossible
from bench.monitoring import upper_part


class NotYet(Exception):
    """Nobody has measured that part of the campaign yet."""


@dataclass(frozen=True, slots=True)
class Level:
    """`chunk` measures the part of a number, or raises what `measure` does; the parts of all numbers are `wanted`."""

    name: str
    wanted: int
    parts: int
    chunk: Callable[[Laboratory, int, bool], dict[str, Any]]

    def done(self, lab: Laboratory) -> tuple[int, int, int]:
        """Checked and rejected, in how many parts."""
        checked = rejected = parts = 0
        for number in range(self.parts):
            try:
                found = self.chunk(lab, number, False)
            except NotYet:
                continue
            checked, rejected = checked + found["checked"], rejected + found["rejected"]
            parts += 1
        return checked, rejected, parts


def _exact(lab: Laboratory, number: int, is_measured: bool) -> dict[str, Any]:
    measure = arithmetic.honest_chunk if is_measured else _not_yet
    return audits.chunk_of(lab.journal(*audits.EXACT), "honest_checks_l0", measure, number, arithmetic.CHUNK)


def _sourced(lab: Laboratory, number: int, is_measured: bool) -> dict[str, Any]:
    measure = shelves.honest_chunk if is_measured else _not_yet
    return audits.chunk_of(lab.journal(*audits.SOURCED), "honest_checks_l1", measure, number, 500)


def _rescored(lab: Laboratory, number: int, is_measured: bool) -> dict[str, Any]:
    row = audits.rescored_of(lab, number, None if is_measured else _not_yet)
    holds = [bool(check["holds"]) for check in row["checks"]]
    return {"checked": len(holds), "rejected": holds.count(False)}


def _not_yet(*_: Any) -> Any:
    raise NotYet


# A check at L3 looks at all of L2 on its way.
LEVELS = (
    Level("l0", audits.L0, audits.L0 // arithmetic.CHUNK, _exact),
    Level("l1", audits.L1, audits.L1 // 500, _sourced),
    Level("l2", 1_000, 334, _rescored),
    Level("l3", 200, audits.ANSWERS["full"], _rescored),
)


def campaign(lab: Laboratory, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
    """A part of each level in turn, until none is left or the time is over; a part that has begun is seen to its end."""
    until = clock() + seconds
    for number in range(max(level.parts for level in LEVELS)):
        for level in LEVELS:
            if clock() >= until:
                return
            if number < level.parts:
                level.chunk(lab, number, True)


def figures(folder: Path) -> Iterator[Figure | Impossible]:
    """Of whatever has been checked, with its exact bound; a bar of its own says whether that is enough."""
    lab = Laboratory(folder / "attribution.jsonl", "full")
    for level in LEVELS:
        names = f"honest_slashed_{level.name}", f"honest_checked_{level.name}"
        checked, rejected, parts = level.done(lab)
        if not checked:
            told = "none by this very code yet: SCALE=audits make bench NAME=redteam"
            yield from (Impossible(name, "checks", told) for name in names)
            continue
        how = f"of {checked:,} honest checks in {parts} seeds, {level.wanted:,} wanted"
        how += f"; {told_bound(checked, rejected)}"
        yield Figure(names[0], (float(rejected),), "checks", how)
        yield Figure(names[1], (float(checked),), "checks", how)


def told_bound(checked: int, rejected: int) -> str:
    """One-sided, exact."""
    return f"at most {upper_part(rejected, checked):.2g} of them at 95 % (Clopper and Pearson)"
