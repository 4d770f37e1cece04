"""Several data sets in one transaction each for commit and reveal: as if one after the other."""

import pytest
from brownie import chain


@pytest.fixture
def trees(tree_of):
    return [tree_of("a", "b"), tree_of("c"), tree_of("d", "e", "f")]


@pytest.fixture
def committed_all(system, parameters, alice, trees):
    commitments = [system.datasets.commitmentOf(alice.address, t.root, b"\x51" * 32) for t in trees]
    done = system.datasets.commitMany(commitments, alice.tx)
    chain.mine(parameters.commit_delay - 1)
    return done


def test_commit_many_when_new_takes_each_bond_and_place(system, parameters, alice, trees, committed_all):
    assert [e["order"] for e in committed_all.events["DatasetCommitted"]] == [1, 2, 3]
    assert system.datasets.commitCount() == 3
    assert system.token.balanceOf(system.datasets) == 3 * parameters.bond_base


def test_commit_many_when_one_is_repeated_reverts(system, alice, reverts):
    with reverts("DatasetRegistryCommitmentExists"):
        system.datasets.commitMany([b"\x01" * 32, b"\x01" * 32], alice.tx)


def test_reveal_many_when_due_registers_each_with_its_bond(system, alice, trees, committed_all, opening):
    done = system.datasets.revealMany([opening(t) for t in trees], alice.tx)

    ids = [bytes(system.datasets.assetIdOf(alice.address, 1, t.root)) for t in trees]
    assert [bytes(e["datasetId"]) for e in done.events["DatasetRevealed"]] == ids
    found = [system.datasets.dataset(i) for i in ids]
    assert [(f["count"], f["order"]) for f in found] == [(2, 1), (1, 2), (3, 3)]
    assert system.token.balanceOf(system.datasets) == sum(f["bond"] for f in found)
    assert [f["bond"] for f in found] == [system.datasets.bondOf(n) for n in (2, 1, 3)]


def test_reveal_many_when_versions_of_each_other_links_them(system, alice, trees, committed_all, opening):
    first = bytes(system.datasets.assetIdOf(alice.address, 1, trees[0].root))
    second = bytes(system.datasets.assetIdOf(alice.address, 1, trees[1].root))

    system.datasets.revealMany([opening(trees[0]), opening(trees[1], previous=first)], alice.tx)

    assert bytes(system.datasets.nextVersionOf(first)) == second


def test_reveal_many_when_one_is_not_committed_reverts_all(
    system, alice, trees, tree_of, committed_all, opening, reverts
):
    with reverts("DatasetRegistryUnknownCommitment"):
        system.datasets.revealMany([opening(trees[0]), opening(tree_of("z"))], alice.tx)


def test_reveal_many_when_nothing_is_named_changes_nothing(system, alice, committed_all):
    before = system.token.balanceOf(system.datasets)

    system.datasets.revealMany([], alice.tx)

    assert system.token.balanceOf(system.datasets) == before
