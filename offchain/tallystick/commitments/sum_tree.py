"""The positional Merkle-sum tree: the one proof concept. Specification section 1."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tallystick.commitments.keccak import keccak256
from tallystick.errors import InvalidInput

MAX_SUM = 2**128 - 1
LEVEL_SIZE = 48
PADDING = keccak256(b"\x02")


def leaf_node(leaf_hash: bytes, value: int) -> bytes:
    """Node hash of a leaf that carries `value`, a u128."""
    return keccak256(b"\x00" + leaf_hash + value.to_bytes(16, "big"))


def branch_node(left: bytes, left_sum: int, right: bytes, right_sum: int) -> bytes:
    return keccak256(b"\x01" + left + left_sum.to_bytes(16, "big") + right + right_sum.to_bytes(16, "big"))


def depth_of(count: int) -> int:
    """Levels above the leaves."""
    return max(count - 1, 0).bit_length()


@dataclass(frozen=True, slots=True)
class Path:
    """Siblings from leaf to root, hashes and sums."""

    siblings: tuple[bytes, ...]
    sums: tuple[int, ...]

    @property
    def packed(self) -> bytes:
        """48 bytes a level: the sibling's hash, and its sum as u128."""
        return b"".join(h + s.to_bytes(16) for h, s in zip(self.siblings, self.sums, strict=True))


@dataclass(frozen=True, slots=True)
class Root:
    """What a tree commits to."""

    hash: bytes
    sum: int
    count: int


class SumTree:
    """A tree over `(leaf hash, value)` in the order given. Immutable."""

    def __init__(self, leaves: Iterable[tuple[bytes, int]]) -> None:
        rows = list(leaves)
        self._count = len(rows)
        depth = depth_of(self._count)
        nodes = [leaf_node(h, v) for h, v in rows]
        sums = [v for _, v in rows]
        self._hashes, self._sums = [nodes], [sums]
        pad = PADDING
        self._pads = [pad]
        for _ in range(depth):
            nodes, sums = _level_above(nodes, sums, pad)
            pad = branch_node(pad, 0, pad, 0)
            self._hashes.append(nodes)
            self._sums.append(sums)
            self._pads.append(pad)

    @property
    def root(self) -> Root:
        if not self._count:
            return Root(PADDING, 0, 0)
        return Root(self._hashes[-1][0], self._sums[-1][0], self._count)

    @property
    def depth(self) -> int:
        return len(self._hashes) - 1

    def path(self, index: int) -> Path:
        """The Merkle path of position `index`; padding positions have one too."""
        if not 0 <= index < 1 << self.depth:
            raise InvalidInput(f"Position {index} is outside a tree of {self._count} leaves.")
        siblings, sums = [], []
        for level in range(self.depth):
            other = (index >> level) ^ 1
            row = self._hashes[level]
            inside = other < len(row)
            siblings.append(row[other] if inside else self._pads[level])
            sums.append(self._sums[level][other] if inside else 0)
        return Path(tuple(siblings), tuple(sums))

    def node(self, level: int, position: int) -> tuple[bytes, int]:
        """Hash and sum of a node; level 0 is the leaves."""
        if position < len(self._hashes[level]):
            return self._hashes[level][position], self._sums[level][position]
        return self._pads[level], 0


def _level_above(nodes: list[bytes], sums: list[int], pad: bytes) -> tuple[list[bytes], list[int]]:
    if len(nodes) % 2:
        nodes, sums = [*nodes, pad], [*sums, 0]
    up_sums = [sums[i] + sums[i + 1] for i in range(0, len(sums), 2)]
    if any(s > MAX_SUM for s in up_sums):
        raise InvalidInput("The sum of a tree exceeds 2^128 - 1.")
    return [
        branch_node(nodes[i], sums[i], nodes[i + 1], sums[i + 1]) for i in range(0, len(nodes), 2)
    ], up_sums


def fold(index: int, node: bytes, value: int, path: Path) -> tuple[bytes, int]:
    """Hash and sum of the root that a node at `index` of its level leads to."""
    for level, (sibling, sibling_sum) in enumerate(zip(path.siblings, path.sums, strict=True)):
        if value + sibling_sum > MAX_SUM:
            raise InvalidInput("A path's sum exceeds 2^128 - 1.")
        if index >> level & 1:
            node = branch_node(sibling, sibling_sum, node, value)
        else:
            node = branch_node(node, value, sibling, sibling_sum)
        value += sibling_sum
    return node, value


def verify(root: Root, index: int, leaf_hash: bytes, value: int, path: Path) -> bool:
    """Whether the leaf stands at `index` under `root`, with consistent sums above it."""
    if not 0 <= index < root.count or len(path.siblings) != depth_of(root.count):
        return False
    try:
        return fold(index, leaf_node(leaf_hash, value), value, path) == (root.hash, root.sum)
    except InvalidInput:
        return False


def prefix_sum(index: int, path: Path) -> int:
    """Sum of all leaves before `index`, from its path alone."""
    return sum(s for level, s in enumerate(path.sums) if index >> level & 1)


def tree_of(leaf_hashes: Sequence[bytes], values: Sequence[int]) -> SumTree:
    return SumTree(zip(leaf_hashes, values, strict=True))
