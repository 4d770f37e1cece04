"""Trees of entries in any shape, whole or not, and what the specification's section 1 says of whole ones.

Written from the specification, not from the node's trees, so that neither hides the other's mistakes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.commitments.keccak import keccak256

MAX_SUM = 2**128 - 1


@dataclass(frozen=True, slots=True)
class Leaf:
    entry: Any
    value: int


@dataclass(frozen=True, slots=True)
class Padding:
    """No leaf."""


@dataclass(frozen=True, slots=True)
class Branch:
    left: "Shape"
    left_sum: int
    right: "Shape"
    right_sum: int


Shape = Leaf | Padding | Branch
LeafHash = Callable[[Any], bytes]


def whole(leaves: Sequence[Leaf]) -> tuple[Shape, int]:
    """The tree that the specification makes of leaves, and its sum; no number in it is beyond 128 bits."""
    size = 1
    while size < len(leaves):
        size *= 2
    row: list[tuple[Shape, int]] = [(leaf, leaf.value) for leaf in leaves]
    row += [(Padding(), 0)] * (size - len(leaves))
    while len(row) > 1:
        pairs = zip(row[::2], row[1::2], strict=True)
        row = [(Branch(left, a, right, b), min(a + b, MAX_SUM)) for (left, a), (right, b) in pairs]
    return row[0]


def hash_of(shape: Shape, leaf_hash: LeafHash) -> bytes:
    if isinstance(shape, Leaf):
        return keccak256(b"\x00" + leaf_hash(shape.entry) + shape.value.to_bytes(16, "big"))
    if isinstance(shape, Padding):
        return keccak256(b"\x02")
    left, right = hash_of(shape.left, leaf_hash), hash_of(shape.right, leaf_hash)
    sums = shape.left_sum.to_bytes(16, "big"), shape.right_sum.to_bytes(16, "big")
    return keccak256(b"\x01" + left + sums[0] + right + sums[1])


def leaves_of(shape: Shape) -> Iterator[Leaf]:
    """From left to right."""
    if isinstance(shape, Leaf):
        yield shape
    elif isinstance(shape, Branch):
        yield from leaves_of(shape.left)
        yield from leaves_of(shape.right)


def sum_of(shape: Shape) -> int:
    """What stands above a node: a branch's two sums, a leaf's value."""
    if isinstance(shape, Branch):
        return shape.left_sum + shape.right_sum
    return shape.value if isinstance(shape, Leaf) else 0


def added_up(shape: Shape) -> Shape:
    """The same shape with every branch's sums as its children give them."""
    if not isinstance(shape, Branch):
        return shape
    left, right = added_up(shape.left), added_up(shape.right)
    return Branch(left, min(sum_of(left), MAX_SUM), right, min(sum_of(right), MAX_SUM))


def is_whole(shape: Shape, total: int, count: int) -> bool:
    leaves = list(leaves_of(shape))
    adds_up = sum(leaf.value for leaf in leaves) == total
    return len(leaves) == count and adds_up and whole(leaves) == (shape, total)
