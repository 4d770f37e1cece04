"""Which standing batch settles a receipt, its leaf shown under the root that the chain stores."""

from dataclasses import dataclass

from tallystick.app.auditing.batches import STANDING, domain_of, fetch_batch, find_submitted
from tallystick.commitments.sum_tree import Root, verify
from tallystick.domain.digests import receipt_digest, receipt_leaf
from tallystick.domain.ids import Hash
from tallystick.domain.usage import SignedReceipt
from tallystick.errors import InvalidInput, NotFound
from tallystick.pipeline.auditing.audited import AuditedBatch
from tallystick.ports import Chain, ContentStore


@dataclass(frozen=True, slots=True)
class Member:
    """A receipt's place in a batch; `siblings` lead from its leaf to `root`, the chain's."""

    batch_id: int
    status: str
    index: int
    signed: SignedReceipt
    root: Hash
    siblings: int


def find_member(chain: Chain, content: ContentStore, digest: Hash) -> Member | None:
    """In the newest standing batch that holds it; None where no file shows it in one."""
    domain = domain_of(chain)
    for submitted in reversed(chain.batches.submitted(0, chain.head())):
        on_chain = chain.batches.batch(submitted.batch_id)
        if on_chain.status not in STANDING or on_chain.is_orphan:
            continue
        batch = _fetched(chain, content, submitted.batch_id)
        for index, leaf in enumerate(batch.leaves if batch else ()):
            if batch and receipt_digest(domain, leaf.signed.receipt) == digest:
                return member_at(batch, index, submitted.batch_id, on_chain.status)
    return None


def members_of(chain: Chain, content: ContentStore, batch_id: int) -> tuple[Member, ...]:
    """Every receipt whose leaf stands under a batch's root; none where no file gives that root."""
    status, batch = chain.batches.batch(batch_id).status, _fetched(chain, content, batch_id)
    found = (member_at(batch, i, batch_id, status) for i in range(len(batch.leaves))) if batch else ()
    return tuple(member for member in found if member is not None)


def member_at(batch: AuditedBatch, index: int, batch_id: int, status: str) -> Member | None:
    """None where the leaf is not under the header's root."""
    header, leaf, path = batch.header, batch.leaves[index], batch.receipt_tree.path(index)
    root = Root(header.receipts_root, header.total, header.receipt_count)
    if not verify(root, index, receipt_leaf(batch.domain, leaf.signed), leaf.value, path):
        return None
    return Member(batch_id, status, index, leaf.signed, header.receipts_root, len(path.siblings))


def _fetched(chain: Chain, content: ContentStore, batch_id: int) -> AuditedBatch | None:
    try:
        return fetch_batch(chain, content, find_submitted(chain, batch_id))
    except (InvalidInput, NotFound):
        return None
