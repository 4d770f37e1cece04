"""What the chain knows of this operator and its books do not: after a kill, or with books restored from a copy."""

from collections.abc import Sequence
from dataclasses import replace

from tallystick.app import exchange
from tallystick.app.settlement.drawing import fetch_file, leaves_of
from tallystick.app.settlement.header import encode_header
from tallystick.domain.digests import Domain, head_after, receipt_digest
from tallystick.domain.ids import Address, Hash
from tallystick.domain.trees import ReceiptLeaf
from tallystick.errors import Conflict
from tallystick.pipeline.batches.lazily import Lazily
from tallystick.ports import Chain, ContentStore, Ledger, StoredBatch, StoredReceipt, SubmittedBatch

_STANDING = ("open", "final")


def posted(chain: Chain, operator: Address, header_hash: Hash) -> SubmittedBatch | None:
    """The batch with this header where the chain has it."""
    found = chain.batches.submitted(0, chain.head(), operator=operator)
    return next((seen for seen in found if seen.header_hash == header_hash), None)


def catch_up(
    chain: Chain, content: ContentStore, ledger: Ledger, domain: Domain, operator: Address
) -> tuple[int, ...]:
    """Enters every batch of this operator that the books lack, with the receipts of its file; their ids.

    A receipt that is in a standing batch must never be signed into a second one: that is provable fraud. Without
    the file of a batch nothing can be told, and what the content store raises goes through.
    """
    known = {batch.header_hash for batch in ledger.batches.list()}
    found = [
        seen
        for seen in chain.batches.submitted(0, chain.head(), operator=operator)
        if seen.header_hash not in known and seen.header.poster == operator
    ]
    for seen in found:
        _enter(chain, content, ledger, domain, seen)
    return tuple(seen.batch_id for seen in found)


def proposal_intent(chain: Chain, operator: Address, period: int) -> str:
    """Names the one root that this operator may sign for a period; Conflict where the chain has one that stands.

    Only after a proposal of its own was convicted or released may there be another.
    """
    mine = [
        seen
        for seen in chain.rewards.proposed(0, chain.head())
        if seen.proposal.base == period - 1 and seen.proposer == operator
    ]
    for seen in mine:
        if chain.rewards.proposal(seen.proposal_id).status in ("open", "active"):
            raise Conflict(
                f"Proposal {seen.proposal_id} of period {period} is this operator's, and stands.",
                "Wait for its window: a second root for a period could convict one of them.",
            )
    return f"period-{period}-{len(mine)}"


def _enter(chain: Chain, content: ContentStore, ledger: Ledger, domain: Domain, seen: SubmittedBatch) -> None:
    now, header = chain.batches.batch(seen.batch_id), seen.header
    digests: Sequence[Hash] = ()
    if now.status in _STANDING:
        leaves = leaves_of(fetch_file(content, header.data_digest))
        _restore(ledger, domain, leaves)
        digests = Lazily(len(leaves), lambda n: receipt_digest(domain, leaves[n].signed.receipt))
    draft = StoredBatch(
        seen.header_hash, header.operator, encode_header(header), header.data_digest, "drafted"
    )
    ledger.batches.draft(draft, digests)
    ledger.batches.mark_posted(seen.header_hash, batch_id=seen.batch_id, posted_at=now.submitted_at)
    if now.status != "open":
        ledger.batches.mark(seen.header_hash, "voided" if now.status == "released" else now.status)


def _restore(ledger: Ledger, domain: Domain, leaves: Sequence[ReceiptLeaf]) -> None:
    """Receipts and vouchers that the file holds; those that are in the books stay as they are."""
    for leaf in leaves:
        signed = leaf.signed
        digest = receipt_digest(domain, signed.receipt)
        head = head_after(signed.receipt, digest)
        ledger.receipts.store(
            StoredReceipt(digest, head, signed.receipt, exchange.encode(replace(signed, voucher=None)))
        )
    for leaf in leaves:
        promised = leaf.signed.voucher
        if promised is None:
            ledger.payments.redeem(
                leaf.signed.receipt
            )  # what a standing batch holds without a voucher was paid
            continue
        lane = promised.voucher
        held = ledger.vouchers.latest(lane.consumer, lane.operator, lane.lane)
        if held is None or held.voucher.acknowledged < lane.acknowledged:
            ledger.vouchers.store(promised)
