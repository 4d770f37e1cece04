"""Which leaf to demand for what an audit found and cannot show. Names it, and demands nothing."""

from collections.abc import Iterable
from secrets import randbelow

from tallystick.domain.batch import BatchHeader
from tallystick.domain.challenge import BatchLeaf, RewardLeaf
from tallystick.domain.finding import Finding, FindingKind

Leaf = tuple[int, int]
_OF_ONE = {
    FindingKind.LINES_MISMATCH: BatchLeaf.RECEIPT,
    FindingKind.UNKNOWN_ORIGIN: BatchLeaf.ORIGIN,
}
_OF_ANY = (FindingKind.DATA_WITHHELD, FindingKind.ROOT_MISMATCH)


def leaf_of_batch(
    header: BatchHeader, findings: Iterable[Finding], asked: frozenset[Leaf]
) -> tuple[BatchLeaf, int] | None:
    """The leaf whose publication, or silence, settles the first finding that has one left to ask for.

    `asked` are kinds and indexes that were demanded before: each can be demanded once.
    """
    for finding in findings:
        found = _wanted(header, finding)
        if found is not None:
            kind, indexes = found
            index = _free(asked, kind, indexes)
            if index is not None:
                return kind, index
    return None


def leaf_of_proposal(
    counts: Iterable[tuple[RewardLeaf, int]], asked: frozenset[Leaf]
) -> tuple[RewardLeaf, int] | None:
    """A leaf of the first of these trees, each with its number of leaves, that has one left to ask for."""
    for kind, count in counts:
        index = _free(asked, kind, _from_anywhere(count))
        if index is not None:
            return kind, index
    return None


def _wanted(header: BatchHeader, finding: Finding) -> tuple[BatchLeaf, Iterable[int]] | None:
    place = finding.location.receipt
    if finding.kind in _OF_ONE and place is not None:
        return _OF_ONE[finding.kind], (place,)
    if finding.kind not in _OF_ANY:
        return None
    if finding.location.is_credit_tree:
        return BatchLeaf.CREDIT, _from_anywhere(header.credit_count)
    return BatchLeaf.RECEIPT, _from_anywhere(header.receipt_count)


def _from_anywhere(count: int) -> Iterable[int]:
    """Every index once, from a place that nobody foresees: who withholds a part must not know which is asked for."""
    start = randbelow(count) if count else 0
    return (n % count for n in range(start, start + count))


def _free(asked: frozenset[Leaf], kind: int, indexes: Iterable[int]) -> int | None:
    return next((index for index in indexes if (kind, index) not in asked), None)
