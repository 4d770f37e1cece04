"""What is false in a reward proposal, each with the evidence that its referee takes after id and proposal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tallystick.commitments import leaves
from tallystick.commitments.sum_tree import Root
from tallystick.domain.finding import Finding, FindingKind, Location
from tallystick.domain.ids import ZERO_HASH, Address, AssetId
from tallystick.domain.reward import CumulativeLeaf, EpochLeaf
from tallystick.domain.trees import earnings_of
from tallystick.pipeline.auditing.audited_period import (
    AuditedPeriod,
    FinalBatch,
    Struct,
    following,
    no_earning,
    open_before,
    open_cumulative,
    open_earning,
    open_epoch,
    open_epoch_edge,
)
from tallystick.pipeline.auditing.disclosed import Node, find_fault, whole

FIRST_TRANCHE_PERCENT = 80
_NOBODY = Address("0x" + "00" * 20)
_NO_BATCH = (0, (_NOBODY, _NOBODY, *(ZERO_HASH,) * 2, *(0,) * 6, *(ZERO_HASH,) * 2, 0), (0,) * 7)


@dataclass(frozen=True, slots=True)
class RewardFinding:
    """`evidence` is None where no transaction convicts of it."""

    finding: Finding
    evidence: tuple[Any, ...] | None


def check_period(period: AuditedPeriod) -> Iterator[RewardFinding]:
    """All that is false; nothing for an honest proposal."""
    trees = (
        (True, period.epoch_root, whole(_epoch_rows(period.epoch)), period.epoch_tree.root.hash),
        (False, period.cumulative_root, whole(_rows(period.cumulative)), period.cumulative_tree.root.hash),
    )
    for is_epoch, root, node, found in trees:
        if found == root.hash:
            yield from check_tree(root, node, is_epoch=is_epoch)
        else:
            message = f"The published {_name(is_epoch)} leaves do not give the proposal's tree."
            yield _found(FindingKind.ROOT_MISMATCH, message, None)
    yield from check_leaves(period)


def check_tree(root: Root, node: Node, *, is_epoch: bool) -> Iterator[RewardFinding]:
    """What cannot stand in a tree, as it was disclosed."""
    fault = find_fault(root, node)
    if fault is not None:
        message = f"The {_name(is_epoch)} tree holds what cannot stand at its level or under its sum."
        yield _found(fault.kind, message, (is_epoch, fault.opening, *fault.shown))


def check_leaves(period: AuditedPeriod) -> Iterator[RewardFinding]:
    """Order and amounts, as if both trees were whole."""
    yield from _check_order(period)
    yield from _check_cumulative(period)
    yield from _check_epoch(period)
    yield from _check_missing(period)


def tranche_of(final: FinalBatch, asset: AssetId, earned: int, tranche: int) -> int:
    """What an asset is owed of its range sum in a final batch."""
    first = earned * FIRST_TRANCHE_PERCENT // 100
    if tranche == 0:
        return first
    return 0 if asset == final.withheld else earned - first


def _check_order(period: AuditedPeriod) -> Iterator[RewardFinding]:
    for i, (first, second) in enumerate(pairwise(period.epoch)):
        if _key(first) >= _key(second):
            pair = open_epoch(period, i), open_epoch(period, i + 1)
            yield _found(FindingKind.EPOCH_ORDER, f"Epoch leaves {i} and {i + 1} do not ascend.", pair)
    for i, (one, other) in enumerate(pairwise(period.cumulative)):
        if one.asset_id >= other.asset_id:
            pair = open_cumulative(period, i), open_cumulative(period, i + 1)
            message = f"Cumulative leaves {i} and {i + 1} do not ascend."
            yield _found(FindingKind.CUMULATIVE_ORDER, message, pair)


def _check_cumulative(period: AuditedPeriod) -> Iterator[RewardFinding]:
    old = {leaf.asset_id: leaf.cumulative for leaf in period.before}
    added: dict[AssetId, int] = {}
    for row in period.epoch:
        added[row.asset_id] = added.get(row.asset_id, 0) + row.amount
    for i, leaf in enumerate(period.cumulative):
        asset = leaf.asset_id
        if leaf.previous != old.get(asset, 0):
            message = (
                f"Cumulative leaf {i} follows {leaf.previous}; the period before says {old.get(asset, 0)}."
            )
            around = open_cumulative(period, i), open_before(period, asset)
            yield _found(FindingKind.WRONG_PREVIOUS, message, around, asset)
        if leaf.previous + added.get(asset, 0) != leaf.cumulative:
            message = f"Cumulative leaf {i} does not add what the epoch pays its asset."
            edges = open_epoch_edge(period, (asset, 0, 0)), _end_of(period, asset)
            yield _found(FindingKind.EPOCH_RANGE, message, (open_cumulative(period, i), *edges), asset)


def _check_epoch(period: AuditedPeriod) -> Iterator[RewardFinding]:
    earnings = {batch_id: earnings_of(final.batch.credits) for batch_id, final in period.final.items()}
    for i, leaf in enumerate(period.epoch):
        final = period.final.get(leaf.batch_id)
        earned = earnings[leaf.batch_id].get(leaf.asset_id, 0) if final else 0
        is_owed = final is not None and earned > 0 and period.covers(final, leaf.tranche)
        if final and is_owed and leaf.amount == tranche_of(final, leaf.asset_id, earned, leaf.tranche):
            continue
        message = f"Epoch leaf {i} pays {leaf.amount} for batch {leaf.batch_id}, which does not owe it."
        named = final.named if final else period.named.get(leaf.batch_id, _NO_BATCH)
        earning = open_earning(final, leaf.asset_id) if final else no_earning(named)
        yield _found(FindingKind.WRONG_TRANCHE, message, (open_epoch(period, i), earning), leaf.asset_id)


def _check_missing(period: AuditedPeriod) -> Iterator[RewardFinding]:
    held = {_key(leaf) for leaf in period.epoch}
    for batch_id, final in period.final.items():
        for asset, earned in earnings_of(final.batch.credits).items():
            for tranche in (0, 1):
                key = (asset, batch_id, tranche)
                due = period.covers(final, tranche) and tranche_of(final, asset, earned, tranche) > 0
                if due and key not in held:
                    message = f"Tranche {tranche} of what batch {batch_id} owes an asset is left out."
                    shown = (asset, tranche, open_earning(final, asset), open_epoch_edge(period, key))
                    yield _found(FindingKind.MISSING_EARNING, message, shown, asset)


def _end_of(period: AuditedPeriod, asset: AssetId) -> Struct:
    """The edge after the last epoch leaf of an asset."""
    after = following(asset)
    if after is not None:
        return open_epoch_edge(period, (after, 0, 0))
    last = len(period.epoch)
    return last, [open_epoch(period, i) for i in range(max(last - 1, 0), last)]


def _found(
    kind: FindingKind, message: str, evidence: tuple[Any, ...] | None, asset: AssetId | None = None
) -> RewardFinding:
    return RewardFinding(Finding(kind, message, Location(asset_id=asset)), evidence)


def _name(is_epoch: bool) -> str:
    return "epoch" if is_epoch else "cumulative"


def _key(leaf: EpochLeaf) -> tuple[bytes, int, int]:
    return leaf.asset_id, leaf.batch_id, leaf.tranche


def _epoch_rows(rows: Sequence[EpochLeaf]) -> list[tuple[bytes, int]]:
    return [(leaves.epoch_reward(e.asset_id, e.batch_id, e.tranche), e.amount) for e in rows]


def _rows(rows: Sequence[CumulativeLeaf]) -> list[tuple[bytes, int]]:
    return [(leaves.cumulative_reward(c.asset_id, c.previous), c.cumulative) for c in rows]
