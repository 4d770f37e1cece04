"""A demand is bonded; it ends with the leaf shown and the owner paid, or with the data set convicted."""

import pytest
from brownie import chain
from eth_utils import keccak


@pytest.fixture
def tree(tree_of):
    return tree_of("a", "b", "c", "d", "e")


@pytest.fixture
def dataset_id(alice, tree, registered):
    return registered(alice, tree)


@pytest.fixture
def demanded(system, vera, dataset_id):
    return system.datasets.demandLeaf(dataset_id, 3, vera.tx)


def test_demand_when_made_takes_the_bond_and_dates_the_answer(system, parameters, vera, dataset_id, demanded):
    until = demanded.timestamp + parameters.demand_window

    assert system.datasets.demandOf(dataset_id, 3).dict() == {"demander": vera.address, "until": until}
    assert system.datasets.dataset(dataset_id)["openDemands"] == 1
    assert system.token.balanceOf(system.datasets) == system.datasets.bondOf(5) + system.datasets.demandBond()


def test_demand_when_the_leaf_is_demanded_already_reverts(system, bob, dataset_id, demanded, reverts):
    with reverts("LeafDemandsExists"):
        system.datasets.demandLeaf(dataset_id, 3, bob.tx)


def test_demand_when_beyond_the_count_reverts(system, vera, dataset_id, reverts):
    with reverts("LeafDemandsBadIndex"):
        system.datasets.demandLeaf(dataset_id, 5, vera.tx)


def test_demand_when_unknown_reverts(system, vera, reverts):
    with reverts("LeafDemandsUnknownDataset"):
        system.datasets.demandLeaf(b"\x01" * 32, 0, vera.tx)


def test_open_when_in_time_pays_the_payout_address_whoever_answers(
    system, alice, ines, mallory, tree, dataset_id, demanded
):
    system.datasets.setPayout(dataset_id, ines.address, alice.tx)
    before, bond = system.token.balanceOf(ines.address), system.datasets.demandBond()

    done = system.datasets.openLeaf(tree.proof(dataset_id, 3), keccak(text="d"), mallory.tx)

    assert system.token.balanceOf(ines.address) == before + bond
    assert bytes(done.events["LeafOpened"]["contentHash"]) == keccak(text="d")
    found = system.datasets.dataset(dataset_id)
    assert (found["openDemands"], found["fault"], found["bond"]) == (0, 0, system.datasets.bondOf(5))
    assert system.datasets.demandOf(dataset_id, 3)["demander"] == "0x" + "00" * 20


@pytest.mark.parametrize(("index", "word"), [(3, "c"), (3, "other")])
def test_open_when_the_record_is_another_reverts(
    system, alice, tree, dataset_id, demanded, reverts, index, word
):
    with reverts("LeafDemandsBadProof"):
        system.datasets.openLeaf(tree.proof(dataset_id, index), keccak(text=word), alice.tx)


def test_open_when_nobody_asked_reverts(system, alice, tree, dataset_id, demanded, reverts):
    with reverts("LeafDemandsUnknownDemand"):
        system.datasets.openLeaf(tree.proof(dataset_id, 2), keccak(text="c"), alice.tx)


def test_open_when_late_reverts(system, parameters, alice, tree, dataset_id, demanded, reverts):
    chain.sleep(parameters.demand_window)

    with reverts("LeafDemandsTooLate"):
        system.datasets.openLeaf(tree.proof(dataset_id, 3), keccak(text="d"), alice.tx)


@pytest.mark.parametrize("count", [3, 4, 8, 9])
def test_open_when_the_declared_count_was_false_is_impossible(
    system, mallory, vera, tree_of, committed, opening, reverts, count
):
    tree = tree_of("a", "b", "c", "d", "e", owner="mallory")
    committed(mallory, tree.root)
    system.datasets.reveal(opening(tree, count=count), mallory.tx)
    dataset_id = bytes(system.datasets.assetIdOf(mallory.address, 1, tree.root))
    system.datasets.demandLeaf(dataset_id, 1, vera.tx)

    with reverts("LeafDemandsBadProof"):
        system.datasets.openLeaf(tree.proof(dataset_id, 1), keccak(text="b"), mallory.tx)


def test_close_when_unanswered_convicts_and_divides_the_bond(
    system, parameters, vera, carl, dataset_id, demanded
):
    bond, supply = system.datasets.bondOf(5), system.token.totalSupply()
    before, insured = system.token.balanceOf(vera.address), system.escrow.insurancePool()
    chain.sleep(parameters.demand_window)

    done = system.datasets.closeDemand(dataset_id, 3, carl.tx)

    found = system.datasets.dataset(dataset_id)
    assert (found["fault"], found["convictedAt"], found["bond"]) == (1, done.timestamp, 0)
    assert system.datasets.retiredAtOf(dataset_id) == done.timestamp
    assert system.token.balanceOf(vera.address) == before + system.datasets.demandBond() + bond * 3 // 10
    assert system.token.totalSupply() == supply - (bond - bond // 2)
    assert system.escrow.insurancePool() == insured + bond // 2 - bond * 3 // 10
    assert system.token.balanceOf(system.datasets) == 0


def test_close_when_early_reverts(system, vera, dataset_id, demanded, reverts):
    with reverts("LeafDemandsTooEarly"):
        system.datasets.closeDemand(dataset_id, 3, vera.tx)


def test_close_when_convicted_meanwhile_gives_the_bond_back_alone(
    system, parameters, vera, bob, dataset_id, demanded
):
    system.datasets.demandLeaf(dataset_id, 0, bob.tx)
    chain.sleep(parameters.demand_window + 10)
    convicted = system.datasets.closeDemand(dataset_id, 3, vera.tx)
    before, supply = system.token.balanceOf(bob.address), system.token.totalSupply()

    system.datasets.closeDemand(dataset_id, 0, bob.tx)

    assert system.token.balanceOf(bob.address) == before + system.datasets.demandBond()
    assert system.token.totalSupply() == supply
    assert system.datasets.dataset(dataset_id)["convictedAt"] == convicted.timestamp


def test_close_when_the_bond_was_withdrawn_still_ends_the_accrual(
    system, parameters, alice, vera, dataset_id
):
    chain.sleep(parameters.bond_holding)
    system.datasets.withdrawBond(dataset_id, alice.tx)
    system.datasets.demandLeaf(dataset_id, 3, vera.tx)
    before = system.token.balanceOf(vera.address)
    chain.sleep(parameters.demand_window)

    done = system.datasets.closeDemand(dataset_id, 3, vera.tx)

    assert system.token.balanceOf(vera.address) == before + system.datasets.demandBond()
    assert system.datasets.retiredAtOf(dataset_id) == done.timestamp


def test_withdraw_bond_when_a_leaf_is_demanded_waits_for_the_answer(
    system, parameters, alice, vera, tree, dataset_id, reverts
):
    chain.sleep(parameters.bond_holding)
    system.datasets.demandLeaf(dataset_id, 3, vera.tx)

    with reverts("DatasetRegistryDemanded"):
        system.datasets.withdrawBond(dataset_id, alice.tx)

    system.datasets.openLeaf(tree.proof(dataset_id, 3), keccak(text="d"), alice.tx)
    system.datasets.withdrawBond(dataset_id, alice.tx)
    assert system.token.balanceOf(system.datasets) == 0


def test_demand_when_convicted_reverts(system, parameters, vera, dataset_id, demanded, reverts):
    chain.sleep(parameters.demand_window)
    system.datasets.closeDemand(dataset_id, 3, vera.tx)

    with reverts("LeafDemandsConvicted"):
        system.datasets.demandLeaf(dataset_id, 0, vera.tx)
