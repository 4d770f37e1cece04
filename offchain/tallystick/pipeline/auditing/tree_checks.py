"""Whether the published leaves give the trees of the header, and what each leaf position holds."""

from collections.abc import Iterator

from tallystick.commitments.sum_tree import SumTree, depth_of
from tallystick.domain.finding import Finding, FindingKind, Location
from tallystick.pipeline.auditing.audited import AuditedBatch


def check_trees(batch: AuditedBatch) -> Iterator[Finding]:
    header = batch.header
    yield from _check(
        "receipt", batch.receipt_tree, batch.receipts_match, header.receipt_count, header.total, False
    )
    yield from _check(
        "credit", batch.credit_tree, batch.credits_match, header.credit_count, header.total, True
    )


def false_branch(tree: SumTree, total: int) -> tuple[int, int] | None:
    """Level and position of the topmost branch whose children do not add up to what stands above."""
    for level in range(tree.depth, 0, -1):
        for position in range(1 << (tree.depth - level)):
            said = total if level == tree.depth else tree.node(level, position)[1]
            children = (tree.node(level - 1, 2 * position + side) for side in (0, 1))
            if said != sum(value for _, value in children):
                return level, position
    return None


def _check(
    name: str, tree: SumTree, matches: bool, count: int, total: int, is_credit_tree: bool
) -> Iterator[Finding]:
    root = tree.root
    location = Location(is_credit_tree=is_credit_tree)
    if not matches or root.count < count or tree.depth != depth_of(count):
        yield Finding(
            FindingKind.ROOT_MISMATCH,
            f"The published {name}s do not give the header's {name} tree: challenge the data.",
            location,
        )
    elif root.count > count:
        place = Location(credit=count) if is_credit_tree else Location(receipt=count)
        yield Finding(FindingKind.PADDING, f"The {name} tree holds more than its {count} leaves.", place)
    elif root.sum != total and tree.depth:
        yield Finding(
            FindingKind.BRANCH_SUM, f"The {name} tree sums to {root.sum}, the header says {total}.", location
        )
    elif root.sum != total:
        # A tree of one leaf has no branch to show.
        yield Finding(
            FindingKind.ROOT_MISMATCH, f"The {name} tree sums to {root.sum}, not to {total}.", location
        )
