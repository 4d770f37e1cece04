"""The bond returns to the owner of an honest data set after the holding time, once."""

import pytest
from brownie import chain


@pytest.fixture
def dataset_id(alice, tree_of, registered):
    return registered(alice, tree_of("a", "b"))


def test_withdraw_bond_when_held_long_enough_pays_all(system, parameters, alice, dataset_id):
    before = system.token.balanceOf(alice.address)
    chain.sleep(parameters.bond_holding)

    system.datasets.withdrawBond(dataset_id, alice.tx)

    assert system.token.balanceOf(alice.address) == before + system.datasets.bondOf(2)
    assert system.token.balanceOf(system.datasets.address) == 0


def test_withdraw_bond_when_early_reverts(system, alice, dataset_id, reverts):
    with reverts("DatasetRegistryBondHeld"):
        system.datasets.withdrawBond(dataset_id, alice.tx)


def test_withdraw_bond_when_repeated_reverts(system, parameters, alice, dataset_id, reverts):
    chain.sleep(parameters.bond_holding)
    system.datasets.withdrawBond(dataset_id, alice.tx)

    with reverts("DatasetRegistryNoBond"):
        system.datasets.withdrawBond(dataset_id, alice.tx)


def test_withdraw_bond_when_not_owner_reverts(system, mallory, dataset_id, reverts):
    with reverts("ContentRegistryNotOwner"):
        system.datasets.withdrawBond(dataset_id, mallory.tx)
