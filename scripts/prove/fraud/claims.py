"""What an operator claims of a batch: a header over two trees of receipts and credits, true or not."""

from dataclasses import dataclass, replace

from prove.fraud.shape import Leaf, Shape, hash_of, leaves_of, whole
from tallystick.commitments import leaves
from tallystick.domain.batch import BatchHeader
from tallystick.domain.digests import Domain, head_after, pack_lines, receipt_digest, voucher_hash
from tallystick.domain.ids import AUDIT_POOL, BURN, INSURANCE, AssetId, Hash, Pot
from tallystick.domain.usage import SignedReceipt


@dataclass(frozen=True, slots=True)
class ReceiptEntry:
    """A receipt leaf. `tail` is what follows the whole lines in the bytes that are hashed."""

    signed: SignedReceipt
    head: Hash
    tail: bytes = b""


@dataclass(frozen=True, slots=True)
class CreditEntry:
    asset_id: AssetId
    receipt_index: int
    line_index: int


@dataclass(frozen=True, slots=True)
class BatchClaim:
    header: BatchHeader
    receipts: Shape
    credits: Shape

    def entries(self) -> list[ReceiptEntry]:
        return [leaf.entry for leaf in leaves_of(self.receipts)]


def entry_of(domain: Domain, signed: SignedReceipt) -> ReceiptEntry:
    return ReceiptEntry(signed, head_after(signed.receipt, receipt_digest(domain, signed.receipt)))


def receipt_hash(domain: Domain, entry: ReceiptEntry) -> bytes:
    digest = receipt_digest(domain, entry.signed.receipt)
    return leaves.receipt(
        digest, entry.head, entry.signed.signature, voucher_hash(domain, entry.signed.voucher)
    )


def credit_hash(entry: CreditEntry) -> bytes:
    return leaves.credit(entry.asset_id, entry.receipt_index, entry.line_index)


def packed(entry: ReceiptEntry) -> bytes:
    return pack_lines(entry.signed.lines) + entry.tail


def sealed(domain: Domain, claim: BatchClaim) -> BatchClaim:
    """With the roots of what stands below them."""
    receipts = Hash(hash_of(claim.receipts, lambda e: receipt_hash(domain, e)))
    header = replace(
        claim.header, receipts_root=receipts, credits_root=Hash(hash_of(claim.credits, credit_hash))
    )
    return replace(claim, header=header)


def credit_leaves(entries: list[ReceiptEntry], poster_asset: AssetId | None) -> list[Leaf]:
    """Every line of every receipt, in the order of section 1; the poster of a replacement gets the operator's pot."""
    rows = [
        (poster_asset if poster_asset and line.pot == Pot.OPERATOR else line.asset_id, r, i, line.amount)
        for r, entry in enumerate(entries)
        for i, line in enumerate(entry.signed.lines)
    ]
    return [Leaf(CreditEntry(a, r, i), amount) for a, r, i, amount in sorted(rows)]


def reserved_totals(shape: Shape) -> tuple[int, int, int]:
    """Burned, audit, insurance."""
    found = list(leaves_of(shape))
    burned, audit, insurance = (
        sum(leaf.value for leaf in found if leaf.entry.asset_id == asset)
        for asset in (BURN, AUDIT_POOL, INSURANCE)
    )
    return burned, audit, insurance


def honest_claim(
    domain: Domain, header: BatchHeader, receipts: list[SignedReceipt], poster_asset: AssetId | None
) -> BatchClaim:
    """The batch of receipts in the order of section 1; `header` gives what does not follow from them."""
    ordered = sorted(receipts, key=lambda s: (s.receipt.consumer, s.receipt.lane, s.receipt.cumulative))
    entries = [entry_of(domain, signed) for signed in ordered]
    rows = [Leaf(e, e.signed.receipt.cumulative - e.signed.receipt.previous) for e in entries]
    tree, total = whole(rows)
    paid = credit_leaves(entries, poster_asset)
    credits_, _ = whole(paid)
    burned, audit, insurance = reserved_totals(credits_)
    made = replace(
        header,
        total=total,
        burned=burned,
        audit=audit,
        insurance=insurance,
        receipt_count=len(rows),
        credit_count=len(paid),
    )
    return sealed(domain, BatchClaim(made, tree, credits_))
