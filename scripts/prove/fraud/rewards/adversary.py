"""Themes for accusations of an honest reward proposal: one a leaf of either tree, one a node."""

from prove.fraud.adversary import Theme, node_themes
from prove.fraud.rewards.claims import RewardClaim, cumulative_hash, epoch_hash
from prove.fraud.rewards.judge import as_audited_period
from prove.fraud.rewards.world import RewardWorld
from prove.fraud.shape import Shape, leaves_of
from tallystick.domain.ids import AssetId
from tallystick.pipeline.auditing.audited_period import (
    AuditedPeriod,
    following,
    open_before,
    open_cumulative,
    open_earning,
    open_epoch,
    open_epoch_edge,
)


def themes_of(world: RewardWorld, claim: RewardClaim) -> list[Theme]:
    period = as_audited_period(world, claim)
    assets = {e.asset_id for e in period.epoch} | {c.asset_id for c in (*period.cumulative, *period.before)}
    owed = {c.asset_id for final in period.final.values() for c in final.batch.credits}
    return [
        *(_theme(period, asset) for asset in sorted(assets | owed)),
        *node_themes(period.epoch_tree, _hashes(claim.epoch, is_epoch=True), flag=True),
        *node_themes(period.cumulative_tree, _hashes(claim.cumulative, is_epoch=False), flag=False),
    ]


def _hashes(shape: Shape, *, is_epoch: bool) -> list[bytes]:
    return [(epoch_hash if is_epoch else cumulative_hash)(leaf.entry) for leaf in leaves_of(shape)]


def _theme(period: AuditedPeriod, asset: AssetId) -> Theme:
    """Everything that is of one asset, and its neighbours in the trees."""
    mine = [i for i, c in enumerate(period.cumulative) if c.asset_id == asset]
    paid = [i for i, e in enumerate(period.epoch) if e.asset_id == asset]
    near = [i + d for i in mine for d in (0, 1, -1) if 0 <= i + d < len(period.cumulative)]
    beside = [i + d for i in paid for d in (0, 1, -1) if 0 <= i + d < len(period.epoch)]
    keys = [(asset, batch_id, tranche) for batch_id in period.final for tranche in (0, 1, 2)]
    ends = [(asset, 0, 0), (following(asset) or asset, 0, 0)]
    return {
        "Claim": [open_cumulative(period, i) for i in near] + open_before(period, asset),
        "Claim[]": [open_before(period, asset)],
        "EpochOpening": [open_epoch(period, i) for i in beside],
        "EpochEdge": [open_epoch_edge(period, key) for key in (*keys, *ends)],
        "Earning": [open_earning(final, asset) for final in period.final.values()],
        "bytes32": [asset],
        "uint8": [0, 1, 2],
    }
