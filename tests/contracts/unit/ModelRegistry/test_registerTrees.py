"""Manifests and indexes are known before their use; entries are claims, so several may share a root."""

import pytest

TREES = ["Manifest", "Index"]


def ask(system, tree: str):
    read, check = tree.lower() + "RegisteredAt", "is" + tree
    return getattr(system.models, read), getattr(system.models, check)


@pytest.mark.parametrize("tree", TREES)
def test_register_tree_when_new_is_known_by_root_and_exactly(system, nora, tree):
    registered_at, is_tree = ask(system, tree)

    getattr(system.models, "register" + tree)(b"\x01" * 32, 9, 3, nora.tx)

    assert registered_at(b"\x01" * 32) > 0
    assert is_tree(b"\x01" * 32, 9, 3)
    assert not is_tree(b"\x01" * 32, 9, 4)


@pytest.mark.parametrize("tree", TREES)
def test_register_tree_when_mallory_was_first_with_a_false_sum_still_works(system, mallory, nora, tree):
    registered_at, is_tree = ask(system, tree)
    register = getattr(system.models, "register" + tree)
    register(b"\x01" * 32, 8, 2, mallory.tx)
    first = registered_at(b"\x01" * 32)

    register(b"\x01" * 32, 9, 3, nora.tx)

    assert is_tree(b"\x01" * 32, 9, 3)
    assert registered_at(b"\x01" * 32) == first


@pytest.mark.parametrize("tree", TREES)
def test_register_tree_when_repeated_says_nothing_new(system, nora, tree):
    register = getattr(system.models, "register" + tree)
    register(b"\x01" * 32, 9, 3, nora.tx)

    assert not register(b"\x01" * 32, 9, 3, nora.tx).events


@pytest.mark.parametrize(("total", "count"), [(0, 1), (1, 0), (2, 3)])
def test_register_tree_when_impossible_reverts(system, nora, reverts, total, count):
    with reverts("ModelRegistryBadTree"):
        system.models.registerIndex(b"\x01" * 32, total, count, nora.tx)


def test_register_tree_when_root_is_zero_reverts(system, nora, reverts):
    with reverts("ContentRegistryZeroContent"):
        system.models.registerManifest(b"\x00" * 32, 0, 0, nora.tx)
