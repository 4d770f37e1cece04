"""Whether each line pays an asset that belongs to its pot, no more than its place gives it, and that is not retired."""

from collections.abc import Iterator

from tallystick.commitments import leaves
from tallystick.domain.dataset import ManifestEntry
from tallystick.domain.finding import Finding, FindingKind, Location
from tallystick.domain.ids import Pot
from tallystick.domain.trees import ReceiptLeaf
from tallystick.domain.usage import Line, Receipt, Terms
from tallystick.pipeline.auditing.audited import AuditedBatch, ChainFacts

_DATA = (Pot.RETRIEVAL, Pot.TRAINING)


def check_lines(batch: AuditedBatch, facts: ChainFacts) -> Iterator[Finding]:
    """Lines that are not the receipt's are another matter, and unknown terms name nobody."""
    for index, leaf in enumerate(batch.leaves):
        receipt = leaf.signed.receipt
        terms = facts.terms(receipt.terms_id)
        if terms is not None and leaves.lines_hash(batch.packed_lines(index)) == receipt.lines_hash:
            yield from _check(facts, terms, index, leaf)


def members_of(facts: ChainFacts, terms: Terms, pot: Pot) -> tuple[ManifestEntry, ...] | None:
    """The data sets that a pot may pay."""
    return facts.index(terms) if pot == Pot.RETRIEVAL else facts.manifest(terms)


def _check(facts: ChainFacts, terms: Terms, index: int, leaf: ReceiptLeaf) -> Iterator[Finding]:
    for number, line in enumerate(leaf.signed.lines):
        place = Location(receipt=index, line=number, asset_id=line.asset_id)
        belongs = _belongs(facts, terms, leaf.signed.receipt, line)
        if belongs is None:
            message = f"No file gives the data sets that line {number} of receipt {index} may pay."
            yield Finding(FindingKind.SOURCES_UNKNOWN, message, place)
        elif not belongs:
            pot = Pot(line.pot).name.lower()
            message = f"Line {number} of receipt {index} pays what its {pot} pot may not."
            yield Finding(FindingKind.FOREIGN_LINE, message, place)


def check_retired(batch: AuditedBatch, facts: ChainFacts) -> Iterator[Finding]:
    """The first line of each asset that is paid although it was retired longer than the grace before the batch."""
    judged = set()
    for index, leaf in enumerate(batch.leaves):
        if leaves.lines_hash(batch.packed_lines(index)) != leaf.signed.receipt.lines_hash:
            continue
        for number, line in enumerate(leaf.signed.lines):
            if (key := (line.asset_id, line.pot)) in judged:
                continue
            judged.add(key)
            end = facts.asset_end(line.asset_id, line.pot)
            if end is not None and batch.judged_at > end:
                late = batch.judged_at - end
                message = f"0x{line.asset_id.hex()} is paid {late} seconds after the grace of its retirement."
                place = Location(receipt=index, line=number, asset_id=line.asset_id)
                yield Finding(FindingKind.RETIRED_ASSET, message, place)


def _belongs(facts: ChainFacts, terms: Terms, receipt: Receipt, line: Line) -> bool | None:
    """None where it cannot be known. The reserved pots are a matter of the split."""
    if line.pot in _DATA:
        members = members_of(facts, terms, line.pot)
        return None if members is None else any(m.dataset_id == line.asset_id for m in members)
    if line.pot == Pot.OPERATOR:
        return line.asset_id == terms.operator_asset
    if line.pot == Pot.LINEAGE:
        return line.ppm <= facts.lineage_share(terms.model_id, line.asset_id)
    if line.pot == Pot.AGENT:
        return line.asset_id == receipt.agent_id and any(line.asset_id)
    return True
