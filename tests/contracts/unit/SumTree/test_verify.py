"""The library agrees with the golden vectors and refuses whatever is not quite a proof."""

import json
from pathlib import Path

import pytest
from brownie import project

TREES = json.loads((Path(__file__).parents[3] / "vectors" / "sum_tree.json").read_text())["trees"]


@pytest.fixture(scope="module")
def harness(deployer, people):
    return project.get_loaded_projects()[0].SumTreeHarness.deploy({"from": deployer})


def proofs(tree):
    """(leaf, path) of every position that holds a leaf."""
    return [(tree["leaves"][p["index"]], p) for p in tree["paths"] if p["index"] < len(tree["leaves"])]


def call(harness, tree, leaf, path, *, extra=0, count=None, index=None):
    root = tree["root"]
    place = [
        int(root["sum"]),
        root["count"] if count is None else count,
        path["index"] if index is None else index,
    ]
    packed = bytes.fromhex(path["packed"][2:])
    return harness.verify(root["hash"], place, leaf["hash"], int(leaf["value"]) + extra, packed)


@pytest.mark.parametrize("tree", TREES, ids=lambda t: str(t["root"]["count"]))
def test_verify_when_the_vector_says_so_agrees(harness, tree):
    assert harness.depth(tree["root"]["count"]) == tree["depth"]
    for leaf, path in proofs(tree):
        assert call(harness, tree, leaf, path)
        lean, plain = harness.prefixSums(path["index"], bytes.fromhex(path["packed"][2:]))
        assert lean == plain == int(path["prefix"])


@pytest.mark.parametrize("tree", TREES[1:], ids=lambda t: str(t["root"]["count"]))
def test_verify_when_anything_differs_refuses(harness, tree):
    leaf, path = proofs(tree)[-1]
    depth = tree["depth"]

    assert not call(harness, tree, leaf, path, extra=1)
    assert not call(harness, tree, leaf, path, extra=2**128)
    assert not call(harness, tree, leaf, path, count=path["index"])
    assert not call(harness, tree, leaf, path, count=2**depth + 1)
    assert not call(harness, tree, leaf, path, index=path["index"] + 2**depth)
    if depth:
        assert not call(harness, tree, leaf, path, index=path["index"] ^ 1)
        assert not call(harness, tree, leaf, {**path, "packed": path["packed"][:-2]})
        assert not call(harness, tree, leaf, {**path, "packed": path["packed"] + "00"})
        assert not call(harness, tree, leaf, {**path, "packed": path["packed"][:-96]})
