"""How a model descends: its ancestors and descendants, laid out in columns from the base on."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tallystick.app.overview.catalogue import ModelLine
from tallystick.domain.ids import AssetId

MOST = 40


@dataclass(frozen=True, slots=True)
class Kin:
    """A model and its place: `column` counts from the base, `row` within the column, both from 0."""

    line: ModelLine
    column: int
    row: int


@dataclass(frozen=True, slots=True)
class Family:
    """`edges` go from parent to child; `left_out` counts relatives that are not drawn."""

    kin: tuple[Kin, ...] = ()
    edges: tuple[tuple[Kin, Kin], ...] = ()
    left_out: int = 0

    @property
    def columns(self) -> int:
        return max((k.column for k in self.kin), default=-1) + 1

    @property
    def rows(self) -> int:
        return max((k.row for k in self.kin), default=-1) + 1


def family_of(lines: Sequence[ModelLine], asset_id: AssetId, most: int = MOST) -> Family:
    """The nearest relatives in both directions, ancestors first; empty where the model is not in `lines`."""
    known = {line.asset_id: line for line in lines}
    if asset_id not in known:
        return Family()
    children = defaultdict[AssetId, list[AssetId]](list)
    for line in lines:
        for parent in parents_of(line):
            children[parent].append(line.asset_id)

    def up(of: AssetId) -> Iterable[AssetId]:
        return [p for p in parents_of(known[of]) if p in known]

    found = dict.fromkeys([*_reached(asset_id, up), *_reached(asset_id, lambda of: children[of])])
    chosen = list(found)[:most]
    return _laid_out([known[each] for each in chosen], len(found) - len(chosen))


def parents_of(line: ModelLine) -> tuple[AssetId, ...]:
    """A model without named parents descends from its base alone."""
    return line.parents or ((line.base_id,) if line.base_id else ())


def _reached(start: AssetId, step: Callable[[AssetId], Iterable[AssetId]]) -> list[AssetId]:
    """Breadth first, `start` first."""
    found, at = [start], 0
    seen = {start}
    while at < len(found):
        new = [each for each in step(found[at]) if each not in seen]
        seen.update(new)
        found += dict.fromkeys(new)
        at += 1
    return found


def _laid_out(lines: Sequence[ModelLine], left_out: int) -> Family:
    known, columns = {line.asset_id: line for line in lines}, dict[AssetId, int]()
    for line in sorted(lines, key=lambda line: line.block):  # a parent is on the chain before its child
        above = [columns[p] for p in parents_of(line) if p in columns]
        columns[line.asset_id] = max(above, default=-1) + 1
    places, taken = dict[AssetId, Kin](), defaultdict[int, int](int)
    for asset_id, column in columns.items():
        places[asset_id] = Kin(known[asset_id], column, taken[column])
        taken[column] += 1
    edges = tuple((places[p], kin) for kin in places.values() for p in parents_of(kin.line) if p in places)
    return Family(tuple(places.values()), edges, left_out)
