"""Whether the published leaves give the trees of the header, and what each leaf position holds."""

from collections.abc import Iterator

from tallystick.commitments.sum_tree import SumTree, depth_of
from tallystick.domain.finding import Finding, FindingKind, Location
from tallystick.pipeline.auditing.audited import AuditedBatch

_NAMES = ("receipt", "credit")


def check_trees(batch: AuditedBatch) -> Iterator[Finding]:
    header = batch.header
    if batch.receipts_match:
        yield from _check(batch.receipt_tree, header.receipt_count, header.total, False)
    else:
        yield _mismatch(False)
    if batch.credits_match:
        yield from _check(batch.credit_tree, header.credit_count, header.total, True)
    else:
        yield _mismatch(True)


def false_branch(tree: SumTree, total: int) -> tuple[int, int] | None:
    """Level and position of the topmost branch whose children do not add up to what stands above."""
    for level in range(tree.depth, 0, -1):
        for position in range(1 << (tree.depth - level)):
            said = total if level == tree.depth else tree.node(level, position)[1]
            children = (tree.node(level - 1, 2 * position + side) for side in (0, 1))
            if said != sum(value for _, value in children):
                return level, position
    return None


def _check(tree: SumTree, count: int, total: int, is_credit_tree: bool) -> Iterator[Finding]:
    """The faults of a tree whose root is the header's. Sums first: most other openings need them to be true."""
    name, root = _NAMES[is_credit_tree], tree.root
    if not root.count:
        if count or total:
            message = f"The {name} tree is empty, the header counts {count} leaves worth {total}."
            yield Finding(FindingKind.PADDING, message, _place(0, is_credit_tree))
        return
    if root.sum != total:
        message = f"The {name} tree sums to {root.sum}, the header says {total}."
        if tree.depth:
            yield Finding(FindingKind.BRANCH_SUM, message, Location(is_credit_tree=is_credit_tree))
        else:
            yield Finding(FindingKind.MISPLACED_LEAF, message, _place(0, is_credit_tree))
    if tree.depth != depth_of(count) or root.count > count:
        message = f"The {name} tree holds {root.count} leaves, the header counts {count}."
        first = 0 if tree.depth != depth_of(count) else count
        yield Finding(FindingKind.MISPLACED_LEAF, message, _place(first, is_credit_tree))
    elif root.count < count:
        message = f"The header counts {count} {name}s; position {root.count} of their tree is padding."
        yield Finding(FindingKind.PADDING, message, _place(root.count, is_credit_tree))


def _mismatch(is_credit_tree: bool) -> Finding:
    """The file has receipts and no heads, so that a leaf under another head, too, is another tree to it."""
    name = _NAMES[is_credit_tree]
    message = f"The published {name}s do not give the header's {name} tree: challenge the data."
    if not is_credit_tree:
        message += " Who holds a leaf with another head than its receipt's can convict it of wrongHead."
    return Finding(FindingKind.ROOT_MISMATCH, message, Location(is_credit_tree=is_credit_tree))


def _place(index: int, is_credit_tree: bool) -> Location:
    return Location(credit=index) if is_credit_tree else Location(receipt=index)
