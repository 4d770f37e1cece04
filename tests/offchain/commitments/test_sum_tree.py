from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.commitments import sum_tree
from tallystick.commitments.keccak import keccak256
from tallystick.commitments.sum_tree import (
    MAX_SUM,
    PADDING,
    Path,
    Root,
    RootSum,
    SumTree,
    branch_node,
    depth_of,
    fold,
    leaf_node,
    prefix_sum,
    tree_of,
    verify,
)
from tallystick.errors import InvalidInput

VALUES = st.lists(st.integers(0, 2**120), max_size=40)


def hashes(count: int) -> list[bytes]:
    return [keccak256(b"%d" % i) for i in range(count)]


def tree_over(values: list[int]) -> SumTree:
    return tree_of(hashes(len(values)), values)


def naive_root(values: list[int]) -> tuple[bytes, int]:
    """The definition, with every padding leaf in place."""
    level = [(leaf_node(h, v), v) for h, v in zip(hashes(len(values)), values, strict=True)]
    level += [(PADDING, 0)] * ((1 << depth_of(len(values))) - len(values))
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=True)
        level = [(branch_node(*left, *right), left[1] + right[1]) for left, right in pairs]
    return level[0]


@given(VALUES)
@settings(deadline=None)
def test_root_when_padding_is_implicit_equals_the_definition(values: list[int]) -> None:
    root = tree_over(values).root

    assert (root.hash, root.sum) == naive_root(values)
    assert root.count == len(values)


@pytest.mark.slow
@pytest.mark.parametrize("depth", [0, 1, 2])
@given(values=VALUES)
@settings(deadline=None)
def test_root_when_leaves_are_told_one_by_one_is_the_same(depth: int, values: list[int]) -> None:
    told = RootSum(depth)

    for count, (leaf, value) in enumerate(zip(hashes(len(values)), values, strict=True)):
        assert told.root == tree_over(values[:count]).root
        told.add(leaf, value)

    assert told.root == tree_over(values).root


@pytest.mark.parametrize("chunk", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 2, 3, 6, 7, 12, 13])
def test_root_when_levels_are_hashed_in_parts_is_the_same(
    monkeypatch: pytest.MonkeyPatch, chunk: int, count: int
) -> None:
    values = [2**64 - 1 + i for i in range(count)]
    monkeypatch.setattr(sum_tree, "_CHUNK", chunk)

    root = tree_over(values).root

    assert (root.hash, root.sum) == naive_root(values)


@given(VALUES.filter(bool), st.data())
@settings(deadline=None)
def test_path_when_folded_leads_to_the_root(values: list[int], data: st.DataObject) -> None:
    tree = tree_over(values)
    index = data.draw(st.integers(0, len(values) - 1))
    path = tree.path(index)

    assert verify(tree.root, index, hashes(len(values))[index], values[index], path)
    assert prefix_sum(index, path) == sum(values[:index])
    assert fold(index, *tree.node(0, index), path) == (tree.root.hash, tree.root.sum)


@pytest.mark.parametrize(("count", "depth"), [(0, 0), (1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (8, 3), (9, 4)])
def test_depth_when_count_is_given_is_its_logarithm_rounded_up(count: int, depth: int) -> None:
    assert depth_of(count) == depth
    assert tree_over([1] * count).depth == depth


def test_root_when_tree_is_empty_is_the_padding_leaf() -> None:
    assert tree_over([]).root == Root(keccak256(b"\x02"), 0, 0)


def test_verify_when_any_part_differs_refuses() -> None:
    tree, leaf = tree_over([5, 6, 7]), hashes(3)[1]
    path = tree.path(1)

    assert verify(tree.root, 1, leaf, 6, path)
    assert not verify(tree.root, 2, leaf, 6, path)
    assert not verify(tree.root, 1, leaf, 7, path)
    assert not verify(tree.root, 1, hashes(3)[0], 6, path)
    assert not verify(tree.root, 1, leaf, 6, Path(path.siblings[:1], path.sums[:1]))
    assert not verify(tree.root, 1, leaf, 6, replace(path, sums=(path.sums[0] + 1, path.sums[1])))
    assert not verify(replace(tree.root, sum=19), 1, leaf, 6, path)
    assert not verify(replace(tree.root, count=5), 1, leaf, 6, path)


def test_verify_when_position_is_padding_refuses() -> None:
    tree = tree_over([5, 6, 7])

    assert not verify(tree.root, 3, keccak256(b"3"), 0, tree.path(3))


@pytest.mark.parametrize("values", [[MAX_SUM, 1], [2**127, 2**127], [2**127, 0, 2**127 - 1, 1], [1, MAX_SUM]])
def test_tree_when_its_sum_exceeds_128_bits_is_refused(values: list[int]) -> None:
    with pytest.raises(InvalidInput, match="exceeds"):
        tree_over(values)


def test_tree_when_its_sum_is_the_most_of_128_bits_holds_it() -> None:
    assert tree_over([2**127, 2**64, 2**127 - 2**64 - 1]).root.sum == MAX_SUM


def test_fold_when_a_path_sum_exceeds_128_bits_is_refused() -> None:
    with pytest.raises(InvalidInput, match="exceeds"):
        fold(0, PADDING, 1, Path((PADDING,), (MAX_SUM,)))


def test_path_when_position_is_outside_is_refused() -> None:
    with pytest.raises(InvalidInput, match="outside"):
        tree_over([1, 2, 3]).path(4)


def test_nodes_when_levels_differ_never_collide() -> None:
    left, right = leaf_node(bytes(32), 1), leaf_node(bytes(32), 2)

    assert len({left, right, PADDING, branch_node(left, 1, right, 2)}) == 4
