"""The positional Merkle-sum tree: the one proof concept. Specification section 1."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from tallystick.commitments.keccak import keccak256
from tallystick.errors import InvalidInput

MAX_SUM = 2**128 - 1
LEVEL_SIZE = 48
PADDING = keccak256(b"\x02")
Level = NDArray[np.uint8]
# Nodes hashed at once: bounds what stands beside the levels in memory.
_CHUNK_DEPTH = 16
_CHUNK = 1 << _CHUNK_DEPTH


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
    """A tree over `(leaf hash, value)` in the order given, which is read once and not kept. Immutable.

    A level is an array of 48 bytes a node, hash and sum: 96 bytes a leaf in all, so that 10^7 leaves take 1 GB.
    """

    def __init__(self, leaves: Iterable[tuple[bytes, int]]) -> None:
        level, pad = _leaf_level(leaves), PADDING
        self._count = len(level)
        self._levels, self._pads = [level], [pad]
        for _ in range(depth_of(self._count)):
            level = _level_above(level, pad)
            pad = branch_node(pad, 0, pad, 0)
            self._levels.append(level)
            self._pads.append(pad)

    @property
    def root(self) -> Root:
        return Root(*self.node(self.depth, 0), self._count)

    @property
    def depth(self) -> int:
        return len(self._levels) - 1

    def path(self, index: int) -> Path:
        """The Merkle path of position `index`; padding positions have one too."""
        if not 0 <= index < 1 << self.depth:
            raise InvalidInput(f"Position {index} is outside a tree of {self._count} leaves.")
        siblings = [self.node(level, (index >> level) ^ 1) for level in range(self.depth)]
        return Path(tuple(h for h, _ in siblings), tuple(s for _, s in siblings))

    def node(self, level: int, position: int) -> tuple[bytes, int]:
        """Hash and sum of a node; level 0 is the leaves."""
        rows = self._levels[level]
        if position >= len(rows):
            return self._pads[level], 0
        packed = rows[position].tobytes()
        return packed[:32], int.from_bytes(packed[32:])


class RootSum:
    """The root of `SumTree` over leaves that are told one by one, of which 48 bytes for each 65,536 stay in memory."""

    def __init__(self, depth: int = _CHUNK_DEPTH) -> None:
        """`depth` levels are made at once, of as many leaves as they take."""
        self._depth, self._pads = depth, [PADDING]
        for _ in range(depth):
            self._pads.append(branch_node(self._pads[-1], 0, self._pads[-1], 0))
        self._part, self._above = bytearray(), bytearray()
        self._count = 0

    def add(self, leaf_hash: bytes, value: int) -> None:
        packed = value.to_bytes(16, "big")
        self._part += keccak256(b"\x00" + leaf_hash + packed) + packed
        self._count += 1
        if len(self._part) == LEVEL_SIZE << self._depth:
            self._above += self._folded(self._part, 0, self._depth)
            self._part = bytearray()

    @property
    def root(self) -> Root:
        """Of what was told so far; more may follow."""
        if not self._above:
            top = self._folded(self._part, 0, depth_of(self._count))
        else:
            above = bytes(self._above)
            if self._part:
                above += self._folded(self._part, 0, self._depth)
            top = self._folded(above, self._depth, depth_of(len(above) // LEVEL_SIZE))
        return Root(top[:32], int.from_bytes(top[32:]), self._count) if top else Root(PADDING, 0, 0)

    def _folded(self, nodes: bytes | bytearray, height: int, times: int) -> bytes:
        """Nodes of a level, `times` levels up."""
        level, pad = _rows(bytes(nodes)), self._pads[height]
        for _ in range(times):
            level, pad = _level_above(level, pad), branch_node(pad, 0, pad, 0)
        return level.tobytes()


def _rows(nodes: bytes) -> Level:
    return np.frombuffer(nodes, dtype=np.uint8).reshape(-1, LEVEL_SIZE)


def _leaf_level(leaves: Iterable[tuple[bytes, int]]) -> Level:
    packed, rest = bytearray(), iter(leaves)
    while chunk := [(h, v.to_bytes(16, "big")) for h, v in islice(rest, _CHUNK)]:
        packed += b"".join([keccak256(b"\x00" + h + v) + v for h, v in chunk])
    return np.frombuffer(packed, dtype=np.uint8).reshape(-1, LEVEL_SIZE)


def _level_above(level: Level, pad: bytes) -> Level:
    above = np.empty(((len(level) + 1) // 2, LEVEL_SIZE), dtype=np.uint8)
    for start in range(0, len(level), 2 * _CHUNK):
        part = level[start : start + 2 * _CHUNK]
        if len(part) % 2:
            part = np.vstack((part, np.frombuffer(pad + bytes(16), dtype=np.uint8)))
        children = part.tobytes()
        pairs = range(0, len(children), 2 * LEVEL_SIZE)
        nodes = b"".join([keccak256(b"\x01" + children[i : i + 2 * LEVEL_SIZE]) for i in pairs])
        rows = above[start // 2 : start // 2 + len(pairs)]
        rows[:, :32] = np.frombuffer(nodes, dtype=np.uint8).reshape(-1, 32)
        rows[:, 32:] = _pair_sums(part)
    return above


def _pair_sums(level: Level) -> Level:
    """16 bytes a pair, big-endian; `InvalidInput` where one exceeds a u128."""
    words = np.ascontiguousarray(level[:, 32:]).view(">u8").astype(np.uint64).reshape(-1, 2, 2)
    high, low = (words[:, 0] + words[:, 1]).T
    carry = (low < words[:, 0, 1]).astype(np.uint64)
    top = high + carry
    if ((high < words[:, 0, 0]) | (top < carry)).any():  # sums of unsigned words wrap around
        raise InvalidInput("The sum of a tree exceeds 2^128 - 1.")
    return np.stack((top, low), axis=1).astype(">u8").view(np.uint8)


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
