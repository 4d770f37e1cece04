"""Reward periods and claims as the chain and the period files tell them, each root recomputed. Pays nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.domain.ids import AssetId, Hash
from tallystick.domain.reward import CumulativeLeaf, EpochLeaf
from tallystick.domain.trees import cumulative_tree, epoch_tree
from tallystick.errors import IntegrityMismatch
from tallystick.pipeline.claims import publication
from tallystick.pipeline.claims.claim_book import ClaimBook
from tallystick.pipeline.claims.reward_tree import tranche
from tallystick.ports import ActivePeriod, Chain, ContentStore, OnChainBatch, PaidClaim


@dataclass(frozen=True, slots=True)
class CheckedPeriod:
    """An activated period whose file gives both of its roots and follows from the period before."""

    on_chain: ActivePeriod
    epoch: tuple[EpochLeaf, ...]
    cumulative: tuple[CumulativeLeaf, ...]
    before: ActivePeriod | None

    def covers(self, finality_index: int, number: int) -> bool:
        """Whether it pays that tranche of the batch that became final at this place."""
        if number == 0:
            first = self.before.finality_to if self.before else 0
            return first <= finality_index < self.on_chain.finality_to
        first = self.before.matured_to if self.before else 0
        return first <= finality_index < self.on_chain.matured_to


@dataclass(frozen=True, slots=True)
class Reward:
    """What a period paid an asset for a batch; it is claimed once `due` of the asset was paid out."""

    asset_id: AssetId
    period: int
    root: Hash
    tranche: int
    amount: int
    due: int


def check_periods(chain: Chain, content: ContentStore) -> tuple[CheckedPeriod, ...]:
    """Every activated period, recomputed; `IntegrityMismatch` names the first that does not hold."""
    proposals = [p.proposal for p in chain.rewards.proposed(0, chain.head())]
    found: list[CheckedPeriod] = []
    for number in range(1, chain.rewards.active_period().number + 1):
        on_chain = chain.rewards.period(number)
        said = publication.read(content.get(on_chain.data_digest))
        root = cumulative_tree(said.cumulative).root
        if (root.hash, root.sum, root.count) != (
            on_chain.cumulative_root,
            on_chain.cumulative_sum,
            on_chain.cumulative_count,
        ):
            raise IntegrityMismatch(f"The file of period {number} gives another cumulative root.")
        epoch = epoch_tree(said.epoch).root
        proposed = {
            (p.epoch_root, p.epoch_sum, p.epoch_count)
            for p in proposals
            if (p.base, p.cumulative_root, p.data_digest) == (number - 1, root.hash, on_chain.data_digest)
        }
        if (epoch.hash, epoch.sum, epoch.count) not in proposed:
            raise IntegrityMismatch(f"The file of period {number} gives another epoch root.")
        before = found[-1] if found else None
        _check_follows(number, said, before.cumulative if before else ())
        last = before.on_chain if before else None
        found.append(CheckedPeriod(on_chain, said.epoch, said.cumulative, last))
    return tuple(found)


def rewards_of(
    periods: Sequence[CheckedPeriod],
    batch: OnChainBatch,
    asset_id: AssetId,
    earned: int,
    *,
    withheld: AssetId | None = None,
) -> tuple[Reward, ...]:
    """What the periods so far paid an asset for a final batch; `IntegrityMismatch` where it is not the tranche.

    The second tranche of `withheld` is null.
    """
    found = []
    for checked in periods:
        for number in (0, 1):
            amount = sum(
                leaf.amount
                for leaf in checked.epoch
                if (leaf.asset_id, leaf.batch_id, leaf.tranche) == (asset_id, batch.batch_id, number)
            )
            is_due = checked.covers(batch.finality_index, number)
            is_null = number == 1 and asset_id == withheld
            due = tranche(earned, number) if is_due and not is_null else 0
            if amount != due:
                raise IntegrityMismatch(
                    f"Period {checked.on_chain.number} pays 0x{asset_id.hex()} {amount} for tranche {number}"
                    f" of batch {batch.batch_id}; its credits give {due}."
                )
            if is_due and earned:
                found.append(_reward(checked, asset_id, number, amount))
    return tuple(found)


def claims_of(chain: Chain, periods: Sequence[CheckedPeriod], asset_id: AssetId) -> tuple[PaidClaim, ...]:
    """An asset's claims, which add up to what the chain counts and stay below its leaf."""
    paid = chain.rewards.claims(0, chain.head(), asset_id=asset_id)
    total, counted = sum(claim.amount for claim in paid), chain.rewards.claimed_of(asset_id)
    if total != counted:
        raise IntegrityMismatch(f"0x{asset_id.hex()} claimed {total} by its events, {counted} by the chain.")
    leaves = periods[-1].cumulative if periods else ()
    allowed = next((leaf.cumulative for leaf in leaves if leaf.asset_id == asset_id), 0)
    if counted > allowed:
        raise IntegrityMismatch(f"0x{asset_id.hex()} claimed {counted} of {allowed}.")
    return paid


def _reward(checked: CheckedPeriod, asset_id: AssetId, number: int, amount: int) -> Reward:
    leaf = ClaimBook(checked.cumulative).claim(asset_id).leaf
    on_chain = checked.on_chain
    return Reward(asset_id, on_chain.number, on_chain.cumulative_root, number, amount, leaf.cumulative)


def _check_follows(number: int, said: publication.PublishedPeriod, before: Sequence[CumulativeLeaf]) -> None:
    """Each asset's sum is the last period's and what this epoch adds."""
    sums = {leaf.asset_id: leaf.cumulative for leaf in before}
    started = {leaf.asset_id: leaf.previous for leaf in said.cumulative}
    if started != {asset: sums.get(asset, 0) for asset in started} or not sums.keys() <= started.keys():
        raise IntegrityMismatch(f"Period {number} does not start where the last one ended.")
    for leaf in said.epoch:
        sums[leaf.asset_id] = sums.get(leaf.asset_id, 0) + leaf.amount
    if sums != {leaf.asset_id: leaf.cumulative for leaf in said.cumulative}:
        raise IntegrityMismatch(f"The sums of period {number} are not those of its epoch.")
