"""Manifests and indexes are known before their use; what is said of a root is a claim, the root is what counts."""

import pytest

TREES = ["Manifest", "Index"]


@pytest.mark.parametrize("tree", TREES)
def test_register_tree_when_new_is_known_by_its_root(system, nora, tree):
    done = getattr(system.models, "register" + tree)(b"\x01" * 32, 9, 3, nora.tx)

    registered_at = getattr(system.models, tree.lower() + "RegisteredAt")
    assert registered_at(b"\x01" * 32) == done.timestamp and registered_at(b"\x02" * 32) == 0
    assert (done.events[tree + "Registered"]["sum"], done.events[tree + "Registered"]["count"]) == (9, 3)


@pytest.mark.parametrize("tree", TREES)
def test_register_tree_when_mallory_was_first_with_a_false_sum_stands_as_it_was(system, mallory, nora, tree):
    register = getattr(system.models, "register" + tree)
    first = register(b"\x01" * 32, 8, 2, mallory.tx).timestamp

    register(b"\x01" * 32, 9, 3, nora.tx)

    assert getattr(system.models, tree.lower() + "RegisteredAt")(b"\x01" * 32) == first


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
