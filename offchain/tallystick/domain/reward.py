"""Reward leaves: what each asset earned in an epoch, and all told."""

from dataclasses import dataclass

from tallystick.domain.ids import AssetId, Hash


@dataclass(frozen=True, slots=True)
class EpochLeaf:
    asset_id: AssetId
    batch_id: int
    tranche: int
    amount: int


@dataclass(frozen=True, slots=True)
class CumulativeLeaf:
    """`cumulative - previous` is what the epoch added."""

    asset_id: AssetId
    previous: int
    cumulative: int


@dataclass(frozen=True, slots=True)
class RewardPeriod:
    """One proposal: both trees, and the batches each tranche covers."""

    epoch: tuple[EpochLeaf, ...]
    cumulative: tuple[CumulativeLeaf, ...]
    epoch_root: Hash
    cumulative_root: Hash
    finalised: tuple[int, ...]
    matured: tuple[int, ...]
