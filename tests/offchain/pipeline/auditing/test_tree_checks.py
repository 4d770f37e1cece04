import numpy as np
import pytest

from support.factories import named
from tallystick.commitments.sum_tree import SumTree, branch_node
from tallystick.pipeline.auditing.tree_checks import false_branch


class ForgedTree(SumTree):
    """A tree in which one branch claims more than its children have, and all above it agrees."""

    def __init__(self, values: list[int], level: int, position: int, more: int) -> None:
        super().__init__((named(f"leaf {i}"), v) for i, v in enumerate(values))
        while level <= self.depth:
            node, value = self.node(level, position)
            self._set(level, position, node, value + more)
            if level < self.depth:
                left = position - position % 2
                (a, x), (b, y) = self.node(level, left), self.node(level, left + 1)
                self._set(level + 1, position // 2, branch_node(a, x, b, y), x + y - more)
            level, position = level + 1, position // 2

    def _set(self, level: int, position: int, node: bytes, value: int) -> None:
        self._levels[level][position] = np.frombuffer(node + value.to_bytes(16), dtype=np.uint8)


def test_false_branch_when_tree_is_honest_is_none() -> None:
    tree = SumTree((named(f"leaf {i}"), i) for i in range(7))

    assert false_branch(tree, 21) is None


@pytest.mark.parametrize(("level", "position"), [(1, 0), (1, 3), (2, 1), (3, 0)])
def test_false_branch_when_one_is_forged_is_that_one(level: int, position: int) -> None:
    tree = ForgedTree([1, 2, 3, 4, 5, 6, 7], level, position, 10)

    assert false_branch(tree, 38) == (level, position)


def test_false_branch_when_the_total_is_false_is_the_root() -> None:
    tree = SumTree((named(f"leaf {i}"), i) for i in range(7))

    assert false_branch(tree, 22) == (3, 0)
