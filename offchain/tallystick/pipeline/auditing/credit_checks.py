"""Whether a batch's credits are its receipts' lines, each once and in order, and the totals their sums."""

from collections.abc import Iterator
from itertools import pairwise

from tallystick.domain.finding import Finding, FindingKind, Location
from tallystick.domain.ids import AUDIT_POOL, BURN, INSURANCE
from tallystick.domain.trees import Credit
from tallystick.pipeline.auditing.audited import AuditedBatch


def check_credits(batch: AuditedBatch) -> Iterator[Finding]:
    for index, (first, second) in enumerate(pairwise(batch.credits)):
        if first.key >= second.key:
            message = f"Credits {index} and {index + 1} do not ascend."
            yield Finding(FindingKind.CREDIT_ORDER, message, Location(credit=index))
    for index, credit in enumerate(batch.credits):
        if not _is_line(batch, credit):
            message = f"Credit {index} is not line {credit.line_index} of receipt {credit.receipt_index}."
            place = Location(credit=index, receipt=credit.receipt_index)
            yield Finding(FindingKind.CREDIT_MISMATCH, message, place)
    yield from _check_missing(batch)


def check_totals(batch: AuditedBatch) -> Iterator[Finding]:
    header = batch.header
    said = {BURN: header.burned, AUDIT_POOL: header.audit, INSURANCE: header.insurance}
    for asset_id, amount in said.items():
        found = sum(c.amount for c in batch.credits if c.asset_id == asset_id)
        if found != amount:
            message = (
                f"The header says {amount} for the reserved id {asset_id[-1]}; its credits sum to {found}."
            )
            yield Finding(FindingKind.HEADER_TOTALS, message, Location(asset_id=asset_id))


def _is_line(batch: AuditedBatch, credit: Credit) -> bool:
    if credit.receipt_index >= len(batch.leaves):
        return False
    lines = batch.leaves[credit.receipt_index].signed.lines
    if credit.line_index >= len(lines):
        return False
    line = lines[credit.line_index]
    return (batch.payee_of(line), line.amount) == (credit.asset_id, credit.amount)


def _check_missing(batch: AuditedBatch) -> Iterator[Finding]:
    held = {credit.key for credit in batch.credits}
    for r, leaf in enumerate(batch.leaves):
        for i, line in enumerate(leaf.signed.lines):
            if (batch.payee_of(line), r, i) not in held:
                place = Location(receipt=r, line=i, asset_id=line.asset_id)
                yield Finding(FindingKind.MISSING_CREDIT, f"Line {i} of receipt {r} has no credit.", place)
