"""Deep sum trees of which only a few leaves exist: every other node is drawn from a seed by its place.

Proofs see paths alone, so that a tree of 2^20 leaves costs no more to make than the paths that are shown of it.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from tallystick.commitments.sum_tree import Path, Root, branch_node, leaf_node

Node = tuple[bytes, int]


@dataclass(slots=True)
class SparseTree:
    """`leaves` holds (leaf hash, value) by index; a drawn leaf is worth about `mean`."""

    depth: int
    leaves: Mapping[int, Node]
    mean: int
    seed: int = 20261121
    _made: dict[tuple[int, int], Node] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Every position holds a leaf."""
        return 1 << self.depth

    @property
    def root(self) -> Root:
        return Root(*self.node(self.depth, 0), self.count)

    def node(self, level: int, position: int) -> Node:
        place = (level, position)
        if place not in self._made:
            self._made[place] = self._make(level, position)
        return self._made[place]

    def path(self, index: int) -> Path:
        pairs = [self.node(level, (index >> level) ^ 1) for level in range(self.depth)]
        return Path(tuple(h for h, _ in pairs), tuple(s for _, s in pairs))

    def prefix(self, index: int) -> int:
        """What the leaves before `index` hold."""
        sums = self.path(index).sums
        return sum(sums[level] for level in range(self.depth) if index >> level & 1)

    def _make(self, level: int, position: int) -> Node:
        if not any(index >> level == position for index in self.leaves):
            draw = random.Random(f"{self.seed}/{level}/{position}")
            whole = self.mean << level
            return draw.randbytes(32), draw.randint(whole * 7 // 8, whole * 9 // 8)
        if level == 0:
            leaf, value = self.leaves[position]
            return leaf_node(leaf, value), value
        left, right = self.node(level - 1, 2 * position), self.node(level - 1, 2 * position + 1)
        return branch_node(*left, *right), left[1] + right[1]
