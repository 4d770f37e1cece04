"""vera walks a tree as it was disclosed: a whole one has no fault, and each misplaced node is opened where it stands."""

from dataclasses import replace

import pytest

from support.factories import named
from support.paths import unpacked
from tallystick.commitments.sum_tree import (
    PADDING,
    Root,
    SumTree,
    branch_node,
    depth_of,
    fold,
    leaf_node,
)
from tallystick.domain.finding import FindingKind
from tallystick.pipeline.auditing.disclosed import (
    BranchNode,
    LeafNode,
    Node,
    PaddingNode,
    TreeFault,
    find_fault,
    hash_of,
)

Kind = FindingKind


def leaf(number: int) -> LeafNode:
    return LeafNode(named(f"leaf {number}"), 10 + number)


def tree_of(count: int, level: int | None = None, first: int = 0) -> Node:
    """A whole tree of so many leaves."""
    depth = depth_of(count) if level is None else level
    if depth == 0:
        return leaf(first) if first < count else PaddingNode()
    half = 1 << (depth - 1)
    return pair(tree_of(count, depth - 1, first), tree_of(count, depth - 1, first + half))


def pair(left: Node, right: Node) -> BranchNode:
    return BranchNode(left, sum_of(left), right, sum_of(right))


def sum_of(node: Node) -> int:
    if isinstance(node, BranchNode):
        return node.left_sum + node.right_sum
    return node.value if isinstance(node, LeafNode) else 0


def fault_of(node: Node, count: int, total: int | None = None) -> TreeFault | None:
    return find_fault(Root(hash_of(node), sum_of(node) if total is None else total, count), node)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 7, 8, 9])
def test_tree_when_whole_has_no_fault(count: int) -> None:
    node = tree_of(count)

    assert hash_of(node) == SumTree((x.leaf, x.value) for x in map(leaf, range(count))).root.hash
    assert fault_of(node, count) is None


@pytest.mark.parametrize(
    ("node", "count", "total", "kind", "depth"),
    [
        (tree_of(1), 1, 11, Kind.MISPLACED_LEAF, 0),
        (tree_of(0), 0, 1, Kind.PADDING, 0),
        (tree_of(2), 2, 22, Kind.BRANCH_SUM, 0),
        (tree_of(2), 1, None, Kind.BRANCH_SUM, 0),
        (tree_of(2), 3, None, Kind.MISPLACED_LEAF, 1),
        (tree_of(3), 4, None, Kind.PADDING, 2),
        (tree_of(4), 3, None, Kind.MISPLACED_LEAF, 2),
        (pair(PaddingNode(), leaf(0)), 2, None, Kind.PADDING, 1),
        (pair(PaddingNode(), tree_of(2)), 4, None, Kind.PADDING, 1),
        (pair(tree_of(2), leaf(2)), 3, None, Kind.MISPLACED_LEAF, 1),
        (pair(tree_of(2), tree_of(4)), 4, None, Kind.BRANCH_SUM, 2),
        (BranchNode(leaf(0), 11, leaf(1), 10), 2, None, Kind.MISPLACED_LEAF, 1),
        (BranchNode(tree_of(2), 22, tree_of(2), 20), 4, None, Kind.BRANCH_SUM, 1),
        (replace(pair(tree_of(2), pair(leaf(2), PaddingNode())), right_sum=13), 3, None, Kind.BRANCH_SUM, 1),
        (pair(tree_of(2), BranchNode(leaf(2), 12, PaddingNode(), 1)), 3, None, Kind.PADDING, 2),
    ],
)
def test_fault_when_found_opens_to_the_root(
    node: Node, count: int, total: int | None, kind: FindingKind, depth: int
) -> None:
    fault = fault_of(node, count, total)

    assert fault is not None and fault.kind is kind
    index, said, packed = fault.opening
    path = unpacked(packed)
    assert len(path.siblings) == depth
    assert fold(index, shown(fault), said, path) == (hash_of(node), sum_of(node) if total is None else total)


def shown(fault: TreeFault) -> bytes:
    """The node's hash from what is shown of it."""
    if fault.kind is Kind.MISPLACED_LEAF:
        return leaf_node(*fault.shown)
    if fault.kind is Kind.PADDING:
        assert fault.shown == (PADDING,)
        return PADDING
    ((left, left_sum, right, right_sum),) = fault.shown

    return branch_node(left, left_sum, right, right_sum)
