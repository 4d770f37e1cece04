import pytest

from tallystick.commitments.standard_tree import StandardTree, verify
from tallystick.errors import InvalidInput


def rows(count: int) -> list[tuple[str, int]]:
    return [(f"0x{i:040x}", i * 1000) for i in range(1, count + 1)]


def test_root_when_computed_equals_openzeppelins_example() -> None:
    # The example in the readme of @openzeppelin/merkle-tree.
    tree = StandardTree([("0x" + "11" * 20, 5 * 10**18), ("0x" + "22" * 20, 25 * 10**17)])

    assert tree.root.hex() == "d4dee0beab2d53f2cc83e567171bd2820e49898130a22622b10ead383e90bd77"


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 17])
def test_path_when_verified_shows_its_row_only(count: int) -> None:
    tree = StandardTree(rows(count))

    for index, row in enumerate(rows(count)):
        assert verify(tree.root, row, tree.path(index))
        assert not verify(tree.root, (row[0], row[1] + 1), tree.path(index))


def test_root_when_rows_are_reordered_stays() -> None:
    assert StandardTree(rows(9)).root == StandardTree(rows(9)[::-1]).root


@pytest.mark.parametrize("bad", [[], rows(1) * 2])
def test_tree_when_rows_are_none_or_equal_is_refused(bad: list[tuple[str, int]]) -> None:
    with pytest.raises(InvalidInput):
        StandardTree(bad)
