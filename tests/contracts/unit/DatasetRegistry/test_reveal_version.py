"""A new root under a lineage: its owner's alone, after the newest version alone."""

import pytest

NONE = "0x" + "00" * 32


@pytest.fixture
def first(alice, tree_of, registered):
    return registered(alice, tree_of("a"))


@pytest.fixture
def next_version(system, committed, opening):
    """Commits, waits and reveals as the version after another."""

    def reveal(person, previous_id, tree):
        committed(person, tree.root)
        return system.datasets.reveal(opening(tree, previous=previous_id), person.tx)

    return reveal


def id_of(system, person, tree):
    return bytes(system.datasets.assetIdOf(person.address, 1, tree.root))


def test_reveal_version_when_newest_is_named_links_both_ways(system, alice, tree_of, first, next_version):
    tree = tree_of("b", "c")

    made = next_version(alice, first, tree)

    second = id_of(system, alice, tree)
    assert bytes(made.events["VersionRevealed"]["previousId"]) == first
    assert bytes(system.datasets.previousVersionOf(second)) == first
    assert bytes(system.datasets.nextVersionOf(first)) == second
    assert str(system.datasets.previousVersionOf(first)) == NONE
    assert str(system.datasets.nextVersionOf(second)) == NONE


def test_reveal_version_when_done_is_a_data_set_with_its_own_bond(
    system, alice, tree_of, first, next_version
):
    tree, before = tree_of("b", "c"), system.token.balanceOf(alice.address)

    next_version(alice, first, tree)

    found = system.datasets.dataset(id_of(system, alice, tree))
    assert (found["count"], found["order"]) == (2, 2)
    assert system.token.balanceOf(alice.address) == before - system.datasets.bondOf(2)


def test_reveal_version_when_not_the_newest_reverts(system, alice, tree_of, first, next_version, reverts):
    next_version(alice, first, tree_of("b"))

    with reverts("DatasetRegistryNotLatest"):
        next_version(alice, first, tree_of("c"))


def test_reveal_version_when_of_anothers_lineage_reverts(mallory, tree_of, first, next_version, reverts):
    with reverts("ContentRegistryNotOwner"):
        next_version(mallory, first, tree_of("b", owner="mallory"))


def test_reveal_version_when_previous_is_unknown_reverts(alice, tree_of, next_version, reverts):
    with reverts("ContentRegistryUnknownAsset"):
        next_version(alice, b"\x01" * 32, tree_of("b"))


def test_reveal_version_when_sold_belongs_to_the_new_owner(
    system, alice, ines, tree_of, first, next_version, reverts
):
    system.datasets.transferAsset(first, ines.address, alice.tx)

    with reverts("ContentRegistryNotOwner"):
        next_version(alice, first, tree_of("b"))

    tree = tree_of("c", owner="ines")
    next_version(ines, first, tree)
    assert system.datasets.ownerOf(id_of(system, ines, tree)) == ines.address


def test_reveal_version_when_it_repeats_a_record_is_convictable(
    system, alice, vera, tree_of, first, next_version
):
    from eth_utils import keccak

    old, tree = tree_of("a"), tree_of("b", "a")
    next_version(alice, first, tree)
    second = id_of(system, alice, tree)

    system.datasets.proveDuplicate(old.proof(first, 0), tree.proof(second, 1), keccak(text="a"), vera.tx)

    assert system.datasets.dataset(second)["convictedAt"]
