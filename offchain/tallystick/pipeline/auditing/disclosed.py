"""A tree node by node, as answers to challenges disclose it: whether anything stands where it cannot stand.

Leaves alone give a tree that is whole; an operator can publish the root of one that is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.commitments.sum_tree import PADDING, Path, Root, branch_node, depth_of, leaf_node
from tallystick.domain.finding import FindingKind


@dataclass(frozen=True, slots=True)
class LeafNode:
    """`leaf` is its hash, `value` what it commits to."""

    leaf: bytes
    value: int


@dataclass(frozen=True, slots=True)
class PaddingNode:
    """No leaf."""


@dataclass(frozen=True, slots=True)
class BranchNode:
    """Both children with the sums that the branch says of them."""

    left: "Node"
    left_sum: int
    right: "Node"
    right_sum: int


Node = LeafNode | PaddingNode | BranchNode


@dataclass(frozen=True, slots=True)
class TreeFault:
    """What a referee of trees takes after the choice of the tree: `NodeOpening`, then what the node is."""

    kind: FindingKind
    opening: tuple[Any, ...]
    shown: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """A node's position, the sum that is claimed for it, and its path from the root down."""

    index: int
    said: int
    siblings: tuple[bytes, ...] = ()
    sums: tuple[int, ...] = ()

    def below(self, node: BranchNode, *, is_right: bool) -> "_Place":
        other, other_sum = (node.left, node.left_sum) if is_right else (node.right, node.right_sum)
        return _Place(
            2 * self.index + is_right,
            node.right_sum if is_right else node.left_sum,
            (*self.siblings, hash_of(other)),
            (*self.sums, other_sum),
        )

    def opening(self) -> tuple[Any, ...]:
        return self.index, self.said, Path(self.siblings[::-1], self.sums[::-1]).packed


def hash_of(node: Node) -> bytes:
    if isinstance(node, LeafNode):
        return leaf_node(node.leaf, node.value)
    if isinstance(node, PaddingNode):
        return PADDING
    return branch_node(hash_of(node.left), node.left_sum, hash_of(node.right), node.right_sum)


def whole(rows: Sequence[tuple[bytes, int]]) -> Node:
    """The tree that leaves, hashes and values, give by themselves."""
    row: list[tuple[Node, int]] = [(LeafNode(leaf, value), value) for leaf, value in rows]
    row += [(PaddingNode(), 0)] * ((1 << depth_of(len(rows))) - len(rows))
    while len(row) > 1:
        pairs = zip(row[::2], row[1::2], strict=True)
        row = [(BranchNode(left, a, right, b), a + b) for (left, a), (right, b) in pairs]
    return row[0][0]


def find_fault(root: Root, node: Node) -> TreeFault | None:
    """The first fault from the root down; above it all sums add up, so that its path leads to the root."""
    return _find(root, node, _Place(0, root.sum))


def _find(root: Root, node: Node, place: _Place) -> TreeFault | None:
    level, depth = len(place.siblings), depth_of(root.count)
    is_inside = level == depth and place.index < root.count
    if isinstance(node, BranchNode):
        if level >= depth or node.left_sum + node.right_sum != place.said:
            children = (hash_of(node.left), node.left_sum, hash_of(node.right), node.right_sum)
            return TreeFault(FindingKind.BRANCH_SUM, place.opening(), (children,))
        return _find(root, node.left, place.below(node, is_right=False)) or _find(
            root, node.right, place.below(node, is_right=True)
        )
    if isinstance(node, PaddingNode):
        stands = level == depth and not is_inside and place.said == 0
        return None if stands else TreeFault(FindingKind.PADDING, place.opening(), (PADDING,))
    if is_inside and node.value == place.said:
        return None
    return TreeFault(FindingKind.MISPLACED_LEAF, place.opening(), (node.leaf, node.value))
