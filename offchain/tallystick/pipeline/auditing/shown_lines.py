"""A batch whose file hides the lines of a receipt, with the lines that answers to demands showed in their place."""

from collections.abc import Mapping
from dataclasses import replace

from tallystick.commitments import leaves
from tallystick.domain.digests import unpack_lines
from tallystick.domain.trees import ReceiptLeaf
from tallystick.pipeline.auditing.audited import AuditedBatch, Disclosed, audited


def hides_lines(batch: AuditedBatch) -> bool:
    """Whether some receipt's published lines are not its own."""
    return any(_is_hidden(batch, index) for index in range(len(batch.leaves)))


def with_shown_lines(batch: AuditedBatch, shown: Mapping[int, bytes]) -> AuditedBatch:
    """Lines that are no whole lines are kept as bytes beside the receipt."""
    rows, loose = list(batch.leaves), dict(batch.disclosed.lines)
    for index, packed in shown.items():
        if index >= len(rows) or not _is_hidden(batch, index) or not _are_of(rows[index], packed):
            continue
        lines = unpack_lines(packed)
        if lines is None:
            loose[index] = packed
        else:
            rows[index] = replace(rows[index], signed=replace(rows[index].signed, lines=lines))
    return audited(
        batch.domain,
        batch.header,
        tuple(rows),
        batch.credits,
        judged_at=batch.judged_at,
        disclosed=Disclosed(batch.disclosed.heads, loose),
        poster_asset=batch.poster_asset,
    )


def _is_hidden(batch: AuditedBatch, index: int) -> bool:
    return not _are_of(batch.leaves[index], batch.packed_lines(index))


def _are_of(leaf: ReceiptLeaf, packed: bytes) -> bool:
    return leaves.lines_hash(packed) == leaf.signed.receipt.lines_hash
