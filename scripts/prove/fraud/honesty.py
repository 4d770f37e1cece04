"""What an honest batch is, straight from the specification; it shares no code with the auditor.

`faults` names what is broken. `WITHHELD` and `UNKNOWN` are the faults that no proof can show at once: bytes that only
the operator has, and a replacement's receipt that the batch which it replaces does not hold. A challenge of the data
demands them, and silence convicts.
"""

from collections.abc import Iterator

from prove.fraud.claims import (
    BatchClaim,
    ReceiptEntry,
    credit_leaves,
    packed,
    reserved_totals,
)
from prove.fraud.facts import Facts
from prove.fraud.shape import Leaf, is_whole, leaves_of
from tallystick.commitments.keccak import keccak256
from tallystick.commitments.signatures import recover
from tallystick.domain.digests import head_after, receipt_digest, voucher_digest
from tallystick.domain.ids import Address
from tallystick.domain.usage import Line, Receipt, SignedVoucher, Terms
from tallystick.errors import InvalidInput

WITHHELD, UNKNOWN = "withheld lines", "unknown origin"
BOUND, LINE_SIZE, MOST_LINES, FULL = 2**31, 53, 64, 10**6


def faults(claim: BatchClaim, facts: Facts, judged_at: int) -> set[str]:
    """Empty for an honest batch."""
    return set(_faults(claim, facts, judged_at))


def _faults(claim: BatchClaim, facts: Facts, judged_at: int) -> Iterator[str]:
    header, entries = claim.header, claim.entries()
    rows = list(leaves_of(claim.receipts))
    if not is_whole(claim.receipts, header.total, header.receipt_count):
        yield "receipt tree"
    if not is_whole(claim.credits, header.total, header.credit_count):
        yield "credit tree"
    if list(leaves_of(claim.credits)) != credit_leaves(entries, facts.poster_asset(header)):
        yield "credits"
    if reserved_totals(claim.credits) != (header.burned, header.audit, header.insurance):
        yield "totals"
    for row in rows:
        yield from _receipt_faults(claim, facts, row, judged_at)
    yield from _lane_faults(entries, facts)


def _receipt_faults(claim: BatchClaim, facts: Facts, row: Leaf, judged_at: int) -> Iterator[str]:
    entry: ReceiptEntry = row.entry
    signed, receipt, operator = entry.signed, entry.signed.receipt, claim.header.operator
    digest = receipt_digest(facts.domain, receipt)
    if operator in facts.origins and digest not in facts.origins[operator]:
        yield UNKNOWN
    if entry.head != head_after(receipt, digest):
        yield "head"
    if not receipt.previous < receipt.cumulative == receipt.previous + row.value:
        yield "value"
    if receipt.operator != operator or _signer(digest, signed.signature) != operator:
        yield "operator signature"
    if signed.voucher is not None and not _acknowledges(facts, signed.voucher, receipt, entry.head):
        yield "voucher"
    place = (receipt.consumer, operator, receipt.lane)
    if receipt.lane >> 52 == 1:
        if signed.voucher is not None or facts.payments.get(place) != digest:
            yield "payment"
    elif receipt.cumulative > facts.levels.get(place, 0):
        yield "not redeemed"
    yield from _terms_faults(claim, facts, entry, judged_at)


def _terms_faults(claim: BatchClaim, facts: Facts, entry: ReceiptEntry, judged_at: int) -> Iterator[str]:
    signed, receipt = entry.signed, entry.signed.receipt
    end = facts.terms_end(receipt.terms_id)
    if end is not None and judged_at > end:
        yield "retired terms"
    terms = facts.terms(receipt.terms_id)
    if terms is None or terms.operator != claim.header.operator:
        yield "terms"
    elif not _is_priced(terms, receipt):
        yield "fee"
    if keccak256(b"\x03" + packed(entry)) != receipt.lines_hash:
        yield WITHHELD
        return
    if any(
        (x.pot in (4, 6)) == (x.asset_id in facts.datasets)
        and (x.pot == 7) == (x.asset_id in facts.agents)
        and judged_at > facts.asset_ends.get(x.asset_id, judged_at)
        for x in signed.lines
    ):
        yield "retired asset"
    if terms is not None:
        yield from _line_faults(facts, terms, entry)


def _lane_faults(entries: list[ReceiptEntry], facts: Facts) -> Iterator[str]:
    keys = [(r.consumer, r.lane, r.cumulative) for r in (e.signed.receipt for e in entries)]
    if keys != sorted(set(keys)):
        yield "order"
    for entry, after in zip(entries, [*entries[1:], None], strict=False):
        receipt = entry.signed.receipt
        follows = after.signed.receipt if after else None
        if follows is None or (follows.consumer, follows.lane) != (receipt.consumer, receipt.lane):
            if entry.signed.voucher is None and receipt.lane >> 52 != 1:
                yield "no voucher"
        elif (follows.previous, follows.previous_head) != (
            receipt.cumulative,
            head_after(receipt, receipt_digest(facts.domain, receipt)),
        ):
            yield "join"
        for before in facts.settled:
            # A number is another lane with each operator.
            same = (before.operator, before.consumer, before.lane) == (
                receipt.operator,
                receipt.consumer,
                receipt.lane,
            )
            if same and before.previous < receipt.cumulative and receipt.previous < before.cumulative:
                yield "overlap"


def _acknowledges(facts: Facts, signed: SignedVoucher, receipt: Receipt, head: bytes) -> bool:
    voucher = signed.voucher
    signer = _signer(voucher_digest(facts.domain, voucher), signed.signature)
    return (
        (voucher.consumer, voucher.operator, voucher.lane)
        == (receipt.consumer, receipt.operator, receipt.lane)
        and voucher.acknowledged == receipt.cumulative
        and voucher.head == head_after(receipt, receipt_digest(facts.domain, receipt))
        and signer is not None
        and facts.was_signer(receipt.consumer, signer)
    )


def _is_priced(terms: Terms, receipt: Receipt) -> bool:
    read, written = receipt.tokens_in, receipt.tokens_out
    fee = terms.price_in * read // 1000 + terms.price_out * written // 1000
    return read < BOUND and written < BOUND and receipt.cumulative - receipt.previous == fee


def _line_faults(facts: Facts, terms: Terms, entry: ReceiptEntry) -> Iterator[str]:
    """Section 4: the split of the fee, and for whom each line of it is."""
    receipt, lines = entry.signed.receipt, entry.signed.lines
    fee, shares = receipt.cumulative - receipt.previous, lines[:-3]
    pots = [fee * bps // 10_000 for bps in terms.pots]
    parts = {p: sum(line.ppm for line in shares if line.pot == p) for p in range(3, 8)}
    nulls = {p: pots[p] * (FULL - part) // FULL for p, part in parts.items() if part <= FULL}
    audit, insurance = pots[1], pots[2] + sum(null // 2 for null in nulls.values())
    burn = fee - audit - insurance - sum(line.amount for line in shares)
    reserved = [(2, 1, FULL, audit), (3, 2, FULL, insurance), (1, 0, FULL, burn)]
    said = [(int.from_bytes(x.asset_id, "big"), int(x.pot), x.ppm, x.amount) for x in lines[-3:]]
    is_split = (
        entry.tail == b""
        and 3 <= len(lines) <= MOST_LINES
        and all(3 <= x.pot <= 7 and x.ppm > 0 and x.amount == pots[x.pot] * x.ppm // FULL for x in shares)
        and len(nulls) == len(parts)
        and len({(x.asset_id, x.pot) for x in shares}) == len(shares)
        and said == reserved
    )
    if not is_split:
        yield "split"
    if any(not _may_earn(facts, terms, receipt, x) for x in lines):
        yield "foreign line"


def _may_earn(facts: Facts, terms: Terms, receipt: Receipt, line: Line) -> bool:
    pot, asset = int(line.pot), line.asset_id
    if pot == 3:
        return asset == terms.operator_asset
    if pot in (4, 6):
        rows = facts.entries[terms.index_root if pot == 4 else terms.manifest_root]
        return asset in [row.dataset_id for row in rows]
    if pot == 5:
        return line.ppm <= facts.lineage_shares(terms.model_id).get(asset, 0)
    return pot != 7 or (asset == receipt.agent_id and any(asset))


def _signer(digest: bytes, signature: bytes) -> Address | None:
    try:
        return Address(recover(digest, signature))
    except InvalidInput:
        return None
