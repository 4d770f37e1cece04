"""Whether a batch's credits are its receipts' lines, each once and in order, and the totals their sums."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tallystick.domain.finding import Finding, FindingKind, Location
from tallystick.domain.ids import AUDIT_POOL, BURN, INSURANCE, AssetId
from tallystick.domain.trees import Credit
from tallystick.pipeline.auditing.audited import AuditedBatch


@dataclass(frozen=True, slots=True)
class _Lines:
    """All lines of a batch in few bytes each: assets by number, amounts in two words, where each receipt begins."""

    starts: "array[int]"
    payees: "array[int]"
    amounts: "array[int]"
    numbers: dict[AssetId, int]

    def place(self, credit: Credit) -> int | None:
        """Of the line that a credit names; None where there is none."""
        r, i = credit.receipt_index, credit.line_index
        if r >= len(self.starts) - 1 or i >= self.starts[r + 1] - self.starts[r]:
            return None
        return self.starts[r] + i

    def pays(self, place: int, asset_id: AssetId) -> bool:
        return self.numbers.get(asset_id) == self.payees[place]

    def amount(self, place: int) -> int:
        return self.amounts[2 * place] << 64 | self.amounts[2 * place + 1]


def check_credits(batch: AuditedBatch) -> Iterator[Finding]:
    for index, (first, second) in enumerate(pairwise(batch.credits)):
        if first.key >= second.key:
            message = f"Credits {index} and {index + 1} do not ascend."
            yield Finding(FindingKind.CREDIT_ORDER, message, Location(credit=index))
    lines = _lines_of(batch)
    held = bytearray(len(lines.payees))
    for index, credit in enumerate(batch.credits):
        at = lines.place(credit)
        is_paid = at is not None and lines.pays(at, credit.asset_id)
        if at is not None and is_paid:
            held[at] = 1
        if at is None or not is_paid or lines.amount(at) != credit.amount:
            message = f"Credit {index} is not line {credit.line_index} of receipt {credit.receipt_index}."
            place = Location(credit=index, receipt=credit.receipt_index)
            yield Finding(FindingKind.CREDIT_MISMATCH, message, place)
    yield from _check_missing(batch, lines, held)


def check_totals(batch: AuditedBatch) -> Iterator[Finding]:
    header = batch.header
    said = {BURN: header.burned, AUDIT_POOL: header.audit, INSURANCE: header.insurance}
    sums = dict.fromkeys(said, 0)
    for credit in batch.credits:
        if credit.asset_id in sums:
            sums[credit.asset_id] += credit.amount
    for asset_id, amount in said.items():
        found = sums[asset_id]
        if found != amount:
            message = (
                f"The header says {amount} for the reserved id {asset_id[-1]}; its credits sum to {found}."
            )
            yield Finding(FindingKind.HEADER_TOTALS, message, Location(asset_id=asset_id))


def _lines_of(batch: AuditedBatch) -> _Lines:
    found = _Lines(array("Q", [0]), array("L"), array("Q"), {})
    for leaf in batch.leaves:
        for line in leaf.signed.lines:
            payee = batch.payee_of(line)
            found.payees.append(found.numbers.setdefault(payee, len(found.numbers)))
            found.amounts.extend(divmod(line.amount, 1 << 64))
        found.starts.append(len(found.payees))
    return found


def _check_missing(batch: AuditedBatch, lines: _Lines, held: bytearray) -> Iterator[Finding]:
    if 0 not in held:
        return
    for r, leaf in enumerate(batch.leaves):
        for i, line in enumerate(leaf.signed.lines):
            if not held[lines.starts[r] + i]:
                place = Location(receipt=r, line=i, asset_id=line.asset_id)
                yield Finding(FindingKind.MISSING_CREDIT, f"Line {i} of receipt {r} has no credit.", place)
