"""A reward proposal as its proposer published it, and leaves of it in the shape of contracts/types/Reward.sol."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any

from tallystick.commitments.sum_tree import Root, SumTree
from tallystick.domain.ids import AssetId
from tallystick.domain.reward import CumulativeLeaf, EpochLeaf
from tallystick.domain.trees import credit_range, cumulative_tree, epoch_tree
from tallystick.pipeline.auditing.audited import AuditedBatch
from tallystick.pipeline.auditing.openings import open_credit

Struct = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class FinalBatch:
    """A batch that is final; `named` as `domain.batch.named` gives it. The second tranche of `withheld` is null."""

    batch: AuditedBatch
    named: Struct
    finality_index: int
    withheld: AssetId | None = None


@dataclass(frozen=True, slots=True)
class AuditedPeriod:
    """`before` are the leaves of the period that it follows; `final` the batches of its ranges, by id.

    `named` are batches that leaves name and that are not final, so that nothing of them may be paid.
    """

    epoch_root: Root
    cumulative_root: Root
    finalised: range
    matured: range
    epoch: tuple[EpochLeaf, ...]
    cumulative: tuple[CumulativeLeaf, ...]
    before: tuple[CumulativeLeaf, ...]
    final: Mapping[int, FinalBatch]
    named: Mapping[int, Struct]
    epoch_tree: SumTree
    cumulative_tree: SumTree
    before_tree: SumTree

    def covers(self, final: FinalBatch, tranche: int) -> bool:
        return tranche in (0, 1) and final.finality_index in (self.matured if tranche else self.finalised)


def audited_period(
    roots: tuple[Root, Root],
    ranges: tuple[range, range],
    leaves: tuple[tuple[EpochLeaf, ...], tuple[CumulativeLeaf, ...]],
    before: tuple[CumulativeLeaf, ...],
    final: Mapping[int, FinalBatch],
    named: Mapping[int, Struct],
) -> AuditedPeriod:
    """Epoch first in each pair; `InvalidInput` where a tree's sum exceeds 128 bits."""
    trees = epoch_tree(leaves[0]), cumulative_tree(leaves[1]), cumulative_tree(before)
    return AuditedPeriod(*roots, *ranges, *leaves, before, final, named, *trees)


def open_epoch(period: AuditedPeriod, index: int) -> Struct:
    """`EpochOpening`."""
    return (*astuple(period.epoch[index]), index, period.epoch_tree.path(index).packed)


def open_cumulative(period: AuditedPeriod, index: int) -> Struct:
    """`Claim` in the proposal's tree."""
    return (*astuple(period.cumulative[index]), index, period.cumulative_tree.path(index).packed)


def open_before(period: AuditedPeriod, asset_id: AssetId) -> list[Struct]:
    """An asset's `Claim` in the tree that the proposal follows, or those on both sides of its place."""
    at = bisect_left(period.before, asset_id, key=lambda leaf: leaf.asset_id)
    is_there = at < len(period.before) and period.before[at].asset_id == asset_id
    around = (at,) if is_there else (at - 1, at)
    return [
        (*astuple(period.before[i]), i, period.before_tree.path(i).packed)
        for i in around
        if 0 <= i < len(period.before)
    ]


def open_epoch_edge(period: AuditedPeriod, key: tuple[bytes, int, int]) -> Struct:
    """`EpochEdge`: the place where this leaf stands or would stand."""
    position = bisect_left(period.epoch, key, key=lambda e: (e.asset_id, e.batch_id, e.tranche))
    around = range(max(position - 1, 0), min(position + 1, len(period.epoch)))
    return position, [open_epoch(period, index) for index in around]


def open_earning(final: FinalBatch, asset_id: AssetId) -> Struct:
    """`Earning`: where an asset's credits begin and end in a final batch."""
    return final.named, *(_edge(final.batch, at) for at in credit_range(final.batch.credits, asset_id))


def no_earning(named: Struct) -> Struct:
    """`Earning` of a batch that earned nobody anything."""
    return named, (0, []), (0, [])


def following(asset_id: AssetId) -> bytes | None:
    """The next greater id; None after the greatest."""
    number = int.from_bytes(asset_id, "big") + 1
    return number.to_bytes(32, "big") if number < 2**256 else None


def _edge(batch: AuditedBatch, position: int) -> Struct:
    around = range(max(position - 1, 0), min(position + 1, len(batch.credits)))
    return position, [open_credit(batch, index) for index in around]
