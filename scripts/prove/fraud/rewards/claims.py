"""What a proposer claims of a reward period, what an honest one claims, and what section 7 finds wrong in it."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from prove.fraud.claims import BatchClaim
from prove.fraud.shape import MAX_SUM, Leaf, Shape, added_up, hash_of, is_whole, leaves_of, sum_of, whole
from tallystick.commitments import leaves
from tallystick.domain.ids import AssetId, Hash
from tallystick.ports import Proposal

PARTS = ("sums", "order", "cumulative", "totals", "counts")
GREATEST_RESERVED = (3).to_bytes(32, "big")


@dataclass(frozen=True, slots=True)
class EpochEntry:
    asset_id: AssetId
    batch_id: int
    tranche: int


@dataclass(frozen=True, slots=True)
class CumulativeEntry:
    asset_id: AssetId
    previous: int


@dataclass(frozen=True, slots=True)
class RewardClaim:
    proposal: Proposal
    epoch: Shape
    cumulative: Shape


@dataclass(frozen=True, slots=True)
class Owed:
    """A final batch: its claim, its place among all final ones, and whose second tranche a verdict made null."""

    claim: BatchClaim
    place: int
    withheld: AssetId | None = None


def epoch_hash(entry: EpochEntry) -> bytes:
    return leaves.epoch_reward(entry.asset_id, entry.batch_id, entry.tranche)


def cumulative_hash(entry: CumulativeEntry) -> bytes:
    return leaves.cumulative_reward(entry.asset_id, entry.previous)


def sealed(claim: RewardClaim) -> RewardClaim:
    """With the roots of what stands below them."""
    epoch = Hash(hash_of(claim.epoch, epoch_hash))
    cumulative = Hash(hash_of(claim.cumulative, cumulative_hash))
    return replace(claim, proposal=replace(claim.proposal, epoch_root=epoch, cumulative_root=cumulative))


def due(proposal: Proposal, owed: Mapping[int, Owed]) -> dict[tuple[bytes, int, int], int]:
    """What a proposal of these ranges pays: 80 % of a batch at finality, the rest once it is matured but what is null."""
    ranges = (proposal.finality_from, proposal.finality_to), (proposal.matured_from, proposal.matured_to)
    found: dict[tuple[bytes, int, int], int] = {}
    for batch_id, batch in owed.items():
        for asset, earned in earned_in(batch.claim).items():
            first = earned * 80 // 100
            rest = 0 if asset == batch.withheld else earned - first
            for tranche, amount in enumerate((first, rest)):
                if ranges[tranche][0] <= batch.place < ranges[tranche][1]:
                    found[asset, batch_id, tranche] = amount
    return found


def earned_in(claim: BatchClaim) -> dict[bytes, int]:
    found: dict[bytes, int] = {}
    for leaf in leaves_of(claim.credits):
        if leaf.entry.asset_id > GREATEST_RESERVED:
            found[leaf.entry.asset_id] = found.get(leaf.entry.asset_id, 0) + leaf.value
    return {asset: amount for asset, amount in found.items() if amount}


def honest_claim(proposal: Proposal, owed: Mapping[int, Owed], before: Mapping[bytes, int]) -> RewardClaim:
    """`proposal` gives the ranges, the base and the file."""
    rows = sorted((*key, amount) for key, amount in due(proposal, owed).items())
    epoch, _ = whole([Leaf(EpochEntry(AssetId(a), b, t), amount) for a, b, t, amount in rows])
    made = RewardClaim(proposal, epoch, _cumulative(epoch, before))
    return repaired(made, before, frozenset({"totals", "counts"}))


def choice(draw: random.Random) -> frozenset[str]:
    each = draw.choice((0.0, 0.5, 0.8, 1.0))
    return frozenset(part for part in PARTS if draw.random() < each)


def repaired(claim: RewardClaim, before: Mapping[bytes, int], parts: frozenset[str]) -> RewardClaim:
    """With any part of what hangs on a change made anew; roots always are."""
    epoch, cumulative, proposal = claim.epoch, claim.cumulative, claim.proposal
    if "order" in parts:
        epoch = whole(sorted(leaves_of(epoch), key=lambda x: (*_key(x.entry), x.value)))[0]
    if "cumulative" in parts:
        cumulative = _cumulative(epoch, before)
    if "sums" in parts:
        epoch, cumulative = added_up(epoch), added_up(cumulative)
    if "totals" in parts:
        epoch_sum, cumulative_sum = min(sum_of(epoch), MAX_SUM), min(sum_of(cumulative), MAX_SUM)
        proposal = replace(proposal, epoch_sum=epoch_sum, cumulative_sum=cumulative_sum)
    if "counts" in parts:
        counts = len(list(leaves_of(epoch))), len(list(leaves_of(cumulative)))
        proposal = replace(proposal, epoch_count=counts[0], cumulative_count=counts[1])
    return sealed(RewardClaim(proposal, epoch, cumulative))


def faults(claim: RewardClaim, owed: Mapping[int, Owed], before: Mapping[bytes, int]) -> set[str]:
    """Empty for an honest proposal."""
    return set(_faults(claim, owed, before))


def _faults(claim: RewardClaim, owed: Mapping[int, Owed], before: Mapping[bytes, int]) -> Iterator[str]:
    proposal = claim.proposal
    if not is_whole(claim.epoch, proposal.epoch_sum, proposal.epoch_count):
        yield "epoch tree"
    if not is_whole(claim.cumulative, proposal.cumulative_sum, proposal.cumulative_count):
        yield "cumulative tree"
    rows, totals = list(leaves_of(claim.epoch)), list(leaves_of(claim.cumulative))
    keys = [_key(row.entry) for row in rows]
    assets = [row.entry.asset_id for row in totals]
    if keys != sorted(set(keys)) or assets != sorted(set(assets)):
        yield "order"
    wanted = due(proposal, owed)
    if any(wanted.get(key) != row.value for key, row in zip(keys, rows, strict=True)):
        yield "not owed"
    if any(amount and key not in keys for key, amount in wanted.items()):
        yield "left out"
    if any(row.entry.previous != before.get(row.entry.asset_id, 0) for row in totals):
        yield "previous"
    for row in totals:
        added = sum(x.value for x in rows if x.entry.asset_id == row.entry.asset_id)
        if row.entry.previous + added != row.value:
            yield "range"
    earning = {key[0] for key, row in zip(keys, rows, strict=True) if row.value}
    if not (earning | {a for a, n in before.items() if n}) <= set(assets):
        yield "dropped"


def _cumulative(epoch: Shape, before: Mapping[bytes, int]) -> Shape:
    added: dict[bytes, int] = {}
    for leaf in leaves_of(epoch):
        added[leaf.entry.asset_id] = added.get(leaf.entry.asset_id, 0) + leaf.value
    rows = [(a, before.get(a, 0)) for a in sorted(added.keys() | before.keys())]
    made = [Leaf(CumulativeEntry(AssetId(a), old), min(old + added.get(a, 0), MAX_SUM)) for a, old in rows]
    return whole(made)[0]


def _key(entry: EpochEntry) -> tuple[bytes, int, int]:
    return entry.asset_id, entry.batch_id, entry.tranche
