"""The gas floor's file is whole, and the sparse trees that the bench shows paths of are real trees."""

import random

import pytest

from bench.costs.floor import FIRST, REPEAT, Case, cost_of, floor_of, items_of, read_floors, tight
from bench.costs.trees import SparseTree, leaf_nodes
from tallystick.commitments.sum_tree import branch_node, leaf_node

FLOORS = read_floors()
OPERATIONS = sorted(set(FLOORS) - {"units", "calldata"})
MEASURES = {"levels": 20, "items": 10, "branches": 200, "endpoint_bytes": 21, "line_words": 107}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_floor_when_read_names_units_and_rules(operation):
    assert FLOORS[operation]["of"]
    for row in FLOORS[operation]["items"]:
        assert row["unit"] in FLOORS["units"] and row["count"] > 0 and row["rule"]
        assert row.get("only", FIRST) in (FIRST, REPEAT)
        assert row.get("per", "levels") in MEASURES


@pytest.mark.parametrize("operation", OPERATIONS)
def test_floor_when_repeated_is_never_dearer_than_first(operation):
    first, repeat = (floor_of(Case(operation, turn, MEASURES), b"", FLOORS) for turn in (FIRST, REPEAT))

    assert 21_000 < repeat <= first


def test_floor_when_a_call_is_long_is_what_its_bytes_cost_at_least():
    call = b"\x01" * 10_000

    assert floor_of(Case("redeem", REPEAT, MEASURES), call, FLOORS) == 21_000 + 40 * 10_000


def test_items_when_they_count_by_levels_are_multiplied():
    items = items_of(Case("claim", REPEAT, {"levels": 20}), FLOORS)

    assert [i.gas for i in items if "branch" in i.rule] == [20 * 30]
    assert not [i for i in items if i.unit == "slot_new"]


def test_tight_when_arguments_are_padded_takes_the_padding_off():
    inputs = [
        {"name": "assetId", "type": "bytes32"},
        {"name": "index", "type": "uint32"},
        {"name": "owner", "type": "address"},
        {"name": "numbers", "type": "uint32[]"},
        {"name": "pair", "type": "tuple", "components": [{"name": "yes", "type": "bool"}]},
    ]
    found = tight(
        b"\x01\x02\x03\x04" + bytes(99), inputs, (b"\x05" * 32, 7, "0x" + "11" * 20, [1, 2], (True,))
    )

    packed = b"\x01\x02\x03\x04" + b"\x05" * 32 + b"\x00\x00\x00\x07" + b"\x11" * 20
    assert found == packed + (1).to_bytes(4, "big") + (2).to_bytes(4, "big") + b"\x01"
    assert cost_of(b"\x00\x01") == 20


def test_sparse_tree_when_folded_by_a_path_gives_its_root():
    draw = random.Random(3)
    leaves = {i: (draw.randbytes(32), 5 + i) for i in (0, 6, 7, 1023)}
    tree = SparseTree(10, leaf_nodes(leaves), 1_000, total=3_000_000)

    for index, (leaf, value) in leaves.items():
        node, total, path = leaf_node(leaf, value), value, tree.path(index)
        for level, (sibling, other) in enumerate(zip(path.siblings, path.sums, strict=True)):
            pair = (sibling, other, node, total) if index >> level & 1 else (node, total, sibling, other)
            node, total = branch_node(*pair), total + other
        assert (node, total) == (tree.root.hash, tree.root.sum)
    assert tree.prefix(7) - tree.prefix(6) == 11 and tree.prefix(0) == 0
