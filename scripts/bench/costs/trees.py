"""Deep sum trees of which only a few nodes are given: every other is drawn from a seed by its place.

Proofs see paths alone, so that a tree of 2^20 leaves costs no more to make than the paths that are shown of it.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from tallystick.commitments.sum_tree import Path, Root, branch_node, leaf_node

Node = tuple[bytes, int]
Place = tuple[int, int]


def leaf_nodes(leaves: Mapping[int, Node]) -> dict[Place, Node]:
    """Given nodes out of (leaf hash, value) by index."""
    return {(0, index): (leaf_node(leaf, value), value) for index, (leaf, value) in leaves.items()}


@dataclass(slots=True)
class SparseTree:
    """`given` holds nodes by (level, position). A drawn leaf is worth about `mean`.

    With a `total`, the half without given nodes is worth what the other half leaves of it.
    """

    depth: int
    given: Mapping[Place, Node]
    mean: int
    total: int = 0
    seed: int = 20261121
    _made: dict[Place, Node] = field(default_factory=dict)

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

    def path(self, index: int, level: int = 0) -> Path:
        """From a node of a level; 0 is the leaves."""
        pairs = [self.node(level + up, (index >> up) ^ 1) for up in range(self.depth - level)]
        return Path(tuple(h for h, _ in pairs), tuple(s for _, s in pairs))

    def prefix(self, index: int) -> int:
        """What the leaves before `index` hold."""
        sums = self.path(index).sums
        return sum(sums[level] for level in range(self.depth) if index >> level & 1)

    def _make(self, level: int, position: int) -> Node:
        if (level, position) in self.given:
            return self.given[level, position]
        if not any(low <= level and index >> (level - low) == position for low, index in self.given):
            return self._draw(level, position)
        left, right = self.node(level - 1, 2 * position), self.node(level - 1, 2 * position + 1)
        return branch_node(*left, *right), left[1] + right[1]

    def _draw(self, level: int, position: int) -> Node:
        draw = random.Random(f"{self.seed}/{level}/{position}")
        whole = self.mean << level
        drawn = draw.randbytes(32), draw.randint(whole * 7 // 8, whole * 9 // 8)
        if not self.total or level != self.depth - 1:
            return drawn
        return drawn[0], self.total - self.node(level, position ^ 1)[1]
