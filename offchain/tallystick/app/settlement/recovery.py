"""What the chain knows of this operator and its books do not: after a kill, or with books restored from a copy."""

from collections.abc import Collection
from dataclasses import replace

from tallystick.app import exchange
from tallystick.app.settlement.header import encode_header
from tallystick.domain.digests import Domain, head_after, receipt_digest
from tallystick.domain.ids import Address, Hash
from tallystick.domain.usage import SignedReceipt
from tallystick.errors import Conflict
from tallystick.pipeline.batches import publication
from tallystick.pipeline.receipts import encoding
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
    receipts: Collection[SignedReceipt] = ()
    if now.status in _STANDING:
        file = publication.read(content.get(header.data_digest, publication.MOST_BYTES))
        receipts = [encoding.signed_receipt_from_json(r.signed) for r in file.receipts]
        _restore(ledger, domain, receipts)
    draft = StoredBatch(
        seen.header_hash, header.operator, encode_header(header), header.data_digest, "drafted"
    )
    ledger.batches.draft(draft, [receipt_digest(domain, r.receipt) for r in receipts])
    ledger.batches.mark_posted(seen.header_hash, batch_id=seen.batch_id, posted_at=now.submitted_at)
    if now.status != "open":
        ledger.batches.mark(seen.header_hash, "voided" if now.status == "released" else now.status)


def _restore(ledger: Ledger, domain: Domain, receipts: Collection[SignedReceipt]) -> None:
    """Receipts and vouchers that the file holds; those that are in the books stay as they are."""
    for signed in receipts:
        digest = receipt_digest(domain, signed.receipt)
        head = head_after(signed.receipt, digest)
        ledger.receipts.store(
            StoredReceipt(digest, head, signed.receipt, exchange.encode(replace(signed, voucher=None)))
        )
    for signed in receipts:
        promised = signed.voucher
        if promised is None:
            ledger.payments.redeem(signed.receipt)  # what a standing batch holds without a voucher was paid
            continue
        lane = promised.voucher
        held = ledger.vouchers.latest(lane.consumer, lane.operator, lane.lane)
        if held is None or held.voucher.acknowledged < lane.acknowledged:
            ledger.vouchers.store(promised)
