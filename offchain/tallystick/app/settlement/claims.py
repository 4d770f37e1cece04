"""What the active reward root lets everyone claim."""

from tallystick.domain.ids import Hash
from tallystick.domain.reward import CumulativeLeaf
from tallystick.errors import IntegrityMismatch, NotFound
from tallystick.pipeline.claims import publication
from tallystick.pipeline.claims.claim_book import ClaimBook
from tallystick.ports import Chain, ContentStore


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
