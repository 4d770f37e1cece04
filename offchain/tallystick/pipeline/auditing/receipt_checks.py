"""Whether each receipt of a batch was signed, acknowledged, redeemed, priced and split as the rules say."""

from collections.abc import Iterator
from itertools import pairwise

from tallystick.commitments import leaves
from tallystick.commitments.signatures import recover
from tallystick.domain.digests import head_after, receipt_digest, voucher_digest
from tallystick.domain.finding import Finding, FindingKind, Location
from tallystick.domain.ids import Address, address
from tallystick.domain.money import FEE_LIMIT, fee_of, split_shares
from tallystick.domain.trees import receipt_key
from tallystick.domain.usage import Line, Receipt, Share, SignedReceipt, Terms, is_payment_lane
from tallystick.errors import InvalidInput
from tallystick.pipeline.auditing.audited import AuditedBatch, ChainFacts, true_head

_RESERVED_LINES = 3


def check_receipts(batch: AuditedBatch, facts: ChainFacts) -> Iterator[Finding]:
    """Faults of single receipts."""
    for index in range(len(batch.leaves)):
        place = Location(receipt=index)
        for kind, message in _faults(batch, facts, index):
            yield Finding(kind, f"Receipt {index}: {message}", place)


def check_neighbours(batch: AuditedBatch) -> Iterator[Finding]:
    """Faults between a receipt and the next."""
    for index, (first, second) in enumerate(pairwise(leaf.signed for leaf in batch.leaves)):
        place = Location(receipt=index)
        if receipt_key(first.receipt) >= receipt_key(second.receipt):
            yield Finding(
                FindingKind.RECEIPT_ORDER, f"Receipts {index} and {index + 1} do not ascend.", place
            )
        if _lane(first.receipt) != _lane(second.receipt):
            yield from _check_last(first, place)
        elif not _joins(batch, first.receipt, second.receipt):
            yield Finding(FindingKind.LANE_JOIN, f"Receipts {index} and {index + 1} do not join.", place)
    if batch.leaves:
        yield from _check_last(batch.leaves[-1].signed, Location(receipt=len(batch.leaves) - 1))


def check_overlaps(batch: AuditedBatch, earlier: AuditedBatch) -> Iterator[Finding]:
    """Receipts that cover what an earlier standing batch of the operator covers."""
    lanes: dict[tuple[str, int], list[tuple[int, Receipt]]] = {}
    for index, leaf in enumerate(earlier.leaves):
        lanes.setdefault(_lane(leaf.signed.receipt), []).append((index, leaf.signed.receipt))
    for index, leaf in enumerate(batch.leaves):
        receipt = leaf.signed.receipt
        for other, before in lanes.get(_lane(receipt), ()):
            if before.previous < receipt.cumulative and receipt.previous < before.cumulative:
                yield Finding(
                    FindingKind.OVERLAP,
                    f"Receipt {index} covers what receipt {other} of an earlier batch covers.",
                    Location(receipt=index, earlier=other),
                )
                break


def check_equivocation(batch: AuditedBatch, known: SignedReceipt) -> Iterator[Finding]:
    """A receipt of the batch that differs from one which the operator signed for the same place of a lane."""
    place = (_lane(known.receipt), known.receipt.previous)
    for index, leaf in enumerate(batch.leaves):
        receipt = leaf.signed.receipt
        if (_lane(receipt), receipt.previous) != place or receipt == known.receipt:
            continue
        if _is_signed_by_operator(batch, known):
            message = f"Receipt {index} is not the one that its consumer was given."
            yield Finding(FindingKind.EQUIVOCATION, message, Location(receipt=index))


def _faults(batch: AuditedBatch, facts: ChainFacts, index: int) -> Iterator[tuple[FindingKind, str]]:
    leaf = batch.leaves[index]
    signed, receipt = leaf.signed, leaf.signed.receipt
    if batch.head_of(index) != true_head(batch.domain, leaf):
        yield FindingKind.WRONG_HEAD, "its leaf's head does not follow from it."
    if receipt.cumulative <= receipt.previous or leaf.value != receipt.cumulative - receipt.previous:
        yield FindingKind.LEAF_VALUE, f"its leaf is worth {leaf.value}, which is not its fee."
    if not _is_signed_by_operator(batch, signed):
        yield FindingKind.RECEIPT_SIGNATURE, "the batch's operator did not sign it."
    if signed.voucher is not None and not _is_acknowledged(batch, facts, signed):
        yield FindingKind.VOUCHER_SIGNATURE, "its voucher does not acknowledge it."
    yield from _check_money(batch, facts, signed)
    yield from _check_terms(batch, facts, index)


def _check_money(
    batch: AuditedBatch, facts: ChainFacts, signed: SignedReceipt
) -> Iterator[tuple[FindingKind, str]]:
    receipt, operator = signed.receipt, batch.header.operator
    if is_payment_lane(receipt.lane):
        digest = receipt_digest(batch.domain, receipt)
        if signed.voucher is not None or not facts.is_paid(receipt.consumer, operator, receipt.lane, digest):
            yield FindingKind.FALSE_PAYMENT, "no payment was redeemed for it, or it carries a voucher too."
        return
    redeemed = facts.redeemed(receipt.consumer, operator, receipt.lane)
    if receipt.cumulative > redeemed:
        yield FindingKind.BEYOND_REDEEMED, f"it reaches {receipt.cumulative}; {redeemed} was redeemed."


def _check_terms(batch: AuditedBatch, facts: ChainFacts, index: int) -> Iterator[tuple[FindingKind, str]]:
    signed, packed = batch.leaves[index].signed, batch.packed_lines(index)
    receipt = signed.receipt
    terms, end = facts.terms(receipt.terms_id), facts.terms_end(receipt.terms_id)
    if end is not None and batch.judged_at > end:
        yield FindingKind.RETIRED_TERMS, "its terms had been retired for too long."
    yield from _check_fee(batch, terms, receipt)
    if leaves.lines_hash(packed) != receipt.lines_hash:
        yield FindingKind.LINES_MISMATCH, "its published lines are not its own: challenge the data."
    elif terms is not None and (
        len(packed) % leaves.LINE_SIZE or _is_wrong_split(terms, receipt, signed.lines)
    ):
        yield FindingKind.WRONG_SPLIT, "its lines are not the split of its fee."


def _check_fee(
    batch: AuditedBatch, terms: Terms | None, receipt: Receipt
) -> Iterator[tuple[FindingKind, str]]:
    fee = receipt.cumulative - receipt.previous
    if terms is None:
        yield FindingKind.WRONG_FEE, "its terms are unknown."
        return
    if terms.operator != batch.header.operator:
        yield FindingKind.WRONG_FEE, "its terms are another operator's."
        return
    try:
        due = fee_of(terms, receipt.tokens_in, receipt.tokens_out)
    except InvalidInput as error:
        yield FindingKind.WRONG_FEE, f"its fee is none: {error.message}"
        return
    if fee != due:
        yield FindingKind.WRONG_FEE, f"its fee is {fee}, its terms say {due}."


def _is_wrong_split(terms: Terms, receipt: Receipt, lines: tuple[Line, ...]) -> bool:
    fee = receipt.cumulative - receipt.previous
    if not 0 <= fee < FEE_LIMIT:
        return False  # such a fee is wrong itself, and the kernel splits none
    shares = [Share(line.asset_id, line.pot, line.ppm) for line in lines[:-_RESERVED_LINES]]
    try:
        return split_shares(terms, fee, shares) != lines
    except InvalidInput:
        return True


def _is_signed_by_operator(batch: AuditedBatch, signed: SignedReceipt) -> bool:
    operator = batch.header.operator
    digest = receipt_digest(batch.domain, signed.receipt)
    return signed.receipt.operator == operator and _signer(digest, signed.signature) == operator


def _is_acknowledged(batch: AuditedBatch, facts: ChainFacts, signed: SignedReceipt) -> bool:
    assert signed.voucher is not None
    voucher, receipt = signed.voucher.voucher, signed.receipt
    head = head_after(receipt, receipt_digest(batch.domain, receipt))
    said = (voucher.consumer, voucher.operator, voucher.lane, voucher.acknowledged, voucher.head)
    if said != (receipt.consumer, receipt.operator, receipt.lane, receipt.cumulative, head):
        return False
    signer = _signer(voucher_digest(batch.domain, voucher), signed.voucher.signature)
    return signer is not None and facts.was_signer(receipt.consumer, signer)


def _signer(digest: bytes, signature: bytes) -> Address | None:
    try:
        return address(recover(digest, signature))
    except InvalidInput:
        return None


def _check_last(signed: SignedReceipt, place: Location) -> Iterator[Finding]:
    if signed.voucher is None and not is_payment_lane(signed.receipt.lane):
        message = f"Receipt {place.receipt} is its lane's last and carries no voucher."
        yield Finding(FindingKind.VOUCHER_MISSING, message, place)


def _joins(batch: AuditedBatch, first: Receipt, second: Receipt) -> bool:
    head = head_after(first, receipt_digest(batch.domain, first))
    return (second.previous, second.previous_head) == (first.cumulative, head)


def _lane(receipt: Receipt) -> tuple[str, int]:
    return receipt.consumer, receipt.lane
