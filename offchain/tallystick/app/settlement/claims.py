"""What the active reward root lets everyone claim, and claiming it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tallystick.domain.ids import AssetId, Hash
from tallystick.domain.reward import CumulativeLeaf
from tallystick.errors import IntegrityMismatch, NotFound
from tallystick.pipeline.claims import publication
from tallystick.pipeline.claims.claim_book import ClaimBook
from tallystick.ports import Chain, ClaimProof, ContentStore

AT_ONCE = 40  # some 80,000 gas each at 20 levels: a tenth of a block of Ethereum's


def active_claims(chain: Chain, content: ContentStore) -> ClaimBook:
    """The period's file is recomputed against the chain; NotFound while no period is active."""
    active = chain.rewards.active_period()
    if not active.number:
        raise NotFound("No reward period is active yet.", "It follows the first final batch.")
    book = ClaimBook(leaves_of(content, active.data_digest))
    if book.root.hash != active.cumulative_root:
        raise IntegrityMismatch("The reward file gives another root than the chain's.", "Fetch it elsewhere.")
    return book


def leaves_of(content: ContentStore, digest: Hash) -> tuple[CumulativeLeaf, ...]:
    return publication.read(content.get(digest)).cumulative


@dataclass(frozen=True, slots=True)
class ClaimedReward:
    """What one asset was paid, in base units; several share a transaction."""

    asset_id: AssetId
    amount: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class Due:
    """`amount` is not claimed yet, base units."""

    proof: ClaimProof
    amount: int


def due(chain: Chain, book: ClaimBook, asset_ids: Iterable[AssetId]) -> tuple[Due, ...]:
    """Of each asset that can claim now, whoever owns it."""
    return tuple(found for asset_id in asset_ids if (found := _due(chain, book, asset_id)))


def parts(owed: Sequence[Due]) -> list[Sequence[Due]]:
    """As many as go into one transaction each."""
    return [owed[start : start + AT_ONCE] for start in range(0, len(owed), AT_ONCE)]


def claim(chain: Chain, book: ClaimBook, asset_ids: Iterable[AssetId]) -> tuple[ClaimedReward, ...]:
    """Claim for whoever owns them, many at once; assets without anything due are left out."""
    paid = list[ClaimedReward]()
    for part in parts(due(chain, book, asset_ids)):
        if len(part) == 1:
            _, done = chain.rewards.claim(part[0].proof)
        else:
            _, done = chain.rewards.claim_many([each.proof for each in part])
        paid += [ClaimedReward(each.proof.asset_id, each.amount, done.tx_hash) for each in part]
    return tuple(paid)


def proof_of(book: ClaimBook, asset_id: AssetId) -> ClaimProof:
    found = book.claim(asset_id)
    return ClaimProof(
        asset_id=asset_id,
        previous=found.leaf.previous,
        cumulative=found.leaf.cumulative,
        index=found.index,
        path=found.path.packed,
    )


def _due(chain: Chain, book: ClaimBook, asset_id: AssetId) -> Due | None:
    if not book.has(asset_id):
        return None
    amount = book.earned_of(asset_id) - chain.rewards.claimed_of(asset_id)
    return Due(proof_of(book, asset_id), amount) if amount > 0 else None
