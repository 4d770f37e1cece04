"""What a cheat makes anew above and around a change, so that as little as possible shows it: any part of it, or all."""

import random
from dataclasses import replace
from itertools import groupby

from prove.fraud.claims import BatchClaim, ReceiptEntry, credit_leaves, packed, reserved_totals, sealed
from prove.fraud.facts import Facts
from prove.fraud.setting import KEYS
from prove.fraud.shape import MAX_SUM, Branch, Leaf, Shape, added_up, leaves_of, sum_of, whole
from tallystick.commitments import leaves
from tallystick.commitments.signatures import sign
from tallystick.domain.digests import Domain, head_after, receipt_digest, voucher_digest
from tallystick.domain.ids import ZERO_HASH, Hash
from tallystick.domain.usage import Receipt, SignedReceipt, SignedVoucher

PARTS = (
    "lines",
    "join",
    "sign",
    "head",
    "value",
    "sums",
    "order",
    "credits",
    "totals",
    "total",
    "counts",
    "chain",
)
COLLUSION = "vouch"  # the consumer signs whatever the operator wants


def choice(draw: random.Random) -> frozenset[str]:
    """Which parts are made anew; roots always are."""
    each = draw.choice((0.0, 0.5, 0.8, 1.0))
    chosen = {part for part in PARTS if draw.random() < each}
    return frozenset(chosen | ({COLLUSION} if draw.random() < 0.3 else set()))


def repaired(facts: Facts, claim: BatchClaim, parts: frozenset[str]) -> BatchClaim:
    domain = facts.domain
    receipts, credits_ = claim.receipts, claim.credits
    if "order" in parts:
        rows = list(leaves_of(receipts))
        receipts = whole(sorted(rows, key=lambda x: _key(x.entry.signed.receipt)))[0]
    receipts = _with_leaves(receipts, _entries(domain, claim, list(leaves_of(receipts)), parts))
    if "sums" in parts:
        receipts, credits_ = added_up(receipts), added_up(credits_)
    if "credits" in parts:
        credits_ = whole(
            credit_leaves([leaf.entry for leaf in leaves_of(receipts)], facts.poster_asset(claim.header))
        )[0]
    header = claim.header
    if "totals" in parts:
        burned, audit, insurance = (min(x, MAX_SUM) for x in reserved_totals(credits_))
        header = replace(header, burned=burned, audit=audit, insurance=insurance)
    if "total" in parts:
        header = replace(header, total=min(sum_of(receipts), MAX_SUM))
    if "counts" in parts:
        counts = (len(list(leaves_of(shape))) for shape in (receipts, credits_))
        header = replace(header, receipt_count=next(counts), credit_count=next(counts))
    if "chain" in parts:
        header = replace(header, previous_header=facts.last_headers.get(header.operator, ZERO_HASH))
    return sealed(domain, BatchClaim(header, receipts, credits_))


def _key(receipt: Receipt) -> tuple[str, int, int]:
    return receipt.consumer, receipt.lane, receipt.cumulative


def _entries(domain: Domain, claim: BatchClaim, rows: list[Leaf], parts: frozenset[str]) -> list[Leaf]:
    found: list[Leaf] = []
    for _, lane in groupby(rows, key=lambda x: _key(x.entry.signed.receipt)[:2]):
        head: Hash | None = None
        for row in lane:
            made = _entry(domain, claim, row, head, parts)
            head = head_after(made.entry.signed.receipt, receipt_digest(domain, made.entry.signed.receipt))
            found.append(made)
    return found


def _entry(domain: Domain, claim: BatchClaim, row: Leaf, head: Hash | None, parts: frozenset[str]) -> Leaf:
    entry: ReceiptEntry = row.entry
    signed, value = entry.signed, row.value
    receipt = signed.receipt
    if "lines" in parts:
        receipt = replace(receipt, lines_hash=Hash(leaves.lines_hash(packed(entry))))
    if "join" in parts and head is not None:
        receipt = replace(receipt, previous_head=head)
    signed = replace(signed, receipt=receipt)
    if "sign" in parts:
        signed = _signed(domain, claim, signed)
    if COLLUSION in parts:
        signed = _vouched(domain, signed)
    if "head" in parts:
        entry = replace(entry, head=head_after(receipt, receipt_digest(domain, receipt)))
    if "value" in parts:
        value = max(receipt.cumulative - receipt.previous, 0)
    return Leaf(replace(entry, signed=signed), value)


def _signed(domain: Domain, claim: BatchClaim, signed: SignedReceipt) -> SignedReceipt:
    key = KEYS.get(claim.header.operator)
    return replace(signed, signature=sign(receipt_digest(domain, signed.receipt), key)) if key else signed


def _vouched(domain: Domain, signed: SignedReceipt) -> SignedReceipt:
    receipt, key = signed.receipt, KEYS.get(signed.receipt.consumer)
    if signed.voucher is None or key is None:
        return signed
    voucher = replace(
        signed.voucher.voucher,
        consumer=receipt.consumer,
        operator=receipt.operator,
        lane=receipt.lane,
        acknowledged=receipt.cumulative,
        head=head_after(receipt, receipt_digest(domain, receipt)),
    )
    return replace(signed, voucher=SignedVoucher(voucher, sign(voucher_digest(domain, voucher), key)))


def _with_leaves(shape: Shape, rows: list[Leaf]) -> Shape:
    """The same shape over other leaves; what its branches say stays."""
    left = iter(rows)

    def walk(node: Shape) -> Shape:
        if isinstance(node, Leaf):
            return next(left)
        if isinstance(node, Branch):
            return replace(node, left=walk(node.left), right=walk(node.right))
        return node

    return walk(shape)
