"""A period's reward trees: tranche 0 of final batches, tranche 1 of matured ones. Specification section 7."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tallystick.domain.ids import AssetId, Hash
from tallystick.domain.reward import CumulativeLeaf, EpochLeaf, RewardPeriod
from tallystick.domain.trees import RESERVED, cumulative_tree, epoch_tree
from tallystick.errors import InvalidInput

FIRST_TRANCHE_PERCENT = 80
Earnings = Mapping[AssetId, int]


@dataclass(frozen=True, slots=True)
class FinalBatch:
    """What each asset earned in a final batch, reserved ids left out; the second tranche of `withheld` is null."""

    batch_id: int
    earned: Earnings
    withheld: AssetId | None = None


def tranche(amount: int, number: int) -> int:
    """Part of a range sum that tranche 0 or 1 pays; the two add up."""
    first = amount * FIRST_TRANCHE_PERCENT // 100
    return first if number == 0 else amount - first


def period(
    finalised: Sequence[FinalBatch], matured: Sequence[FinalBatch], before: Sequence[CumulativeLeaf]
) -> RewardPeriod:
    """The next period: tranche 0 of `finalised`, tranche 1 of `matured`, on top of the last root's leaves."""
    parts = [(b, 0) for b in finalised] + [(b, 1) for b in matured]
    epoch = tuple(
        sorted(
            (
                EpochLeaf(asset, b.batch_id, n, tranche(amount, n))
                for b, n in parts
                for asset, amount in _earned(b)
                if n == 0 or asset != b.withheld
            ),
            key=lambda e: (e.asset_id, e.batch_id, e.tranche),
        )
    )
    old = {leaf.asset_id: leaf.cumulative for leaf in before}
    added: dict[AssetId, int] = {}
    for leaf in epoch:
        added[leaf.asset_id] = added.get(leaf.asset_id, 0) + leaf.amount
    cumulative = tuple(
        CumulativeLeaf(asset, old.get(asset, 0), old.get(asset, 0) + added.get(asset, 0))
        for asset in sorted(old.keys() | added.keys())
    )
    return RewardPeriod(
        epoch=epoch,
        cumulative=cumulative,
        epoch_root=Hash(epoch_tree(epoch).root.hash),
        cumulative_root=Hash(cumulative_tree(cumulative).root.hash),
        finalised=tuple(b.batch_id for b in finalised),
        matured=tuple(b.batch_id for b in matured),
    )


def _earned(batch: FinalBatch) -> list[tuple[AssetId, int]]:
    if any(asset in RESERVED for asset in batch.earned):
        raise InvalidInput("Reserved ids are paid at finality and have no reward leaves.")
    return [(asset, amount) for asset, amount in batch.earned.items() if amount > 0]
