"""One record in two data sets convicts the later; an honest one cannot be convicted."""

import pytest
from brownie import chain
from eth_utils import keccak

SHARED = keccak(text="shared")


@pytest.fixture
def pair(alice, mallory, tree_of, registered):
    """Alice's data set, then Mallory's, which copies one record under her own salt."""
    first, second = tree_of("a", "shared", "b"), tree_of("x", "y", "z", "w", "shared", owner="mallory")
    return first, registered(alice, first), second, registered(mallory, second)


def test_prove_duplicate_when_copied_burns_half_pays_the_reporter_and_insures_the_rest(system, vera, pair):
    first, first_id, second, second_id = pair
    bond, supply = system.datasets.bondOf(5), system.token.totalSupply()
    before, insured = system.token.balanceOf(vera.address), system.escrow.insurancePool()

    made = system.datasets.proveDuplicate(
        first.proof(first_id, 1), second.proof(second_id, 4), SHARED, vera.tx
    )

    assert system.datasets.dataset(second_id)["convictedAt"]
    assert not system.datasets.dataset(first_id)["convictedAt"]
    assert system.token.balanceOf(vera.address) == before + bond * 3 // 10
    assert system.token.totalSupply() == supply - (bond - bond // 2)
    assert system.escrow.insurancePool() == insured + bond // 2 - bond * 3 // 10
    assert made.events["DatasetConvicted"]["reporter"] == vera.address
    assert bytes(made.events["DuplicateShown"]["earlierId"]) == first_id
    assert system.datasets.retiredAtOf(second_id) == made.timestamp


def test_prove_duplicate_when_order_is_swapped_reverts(system, vera, pair, reverts):
    first, first_id, second, second_id = pair

    with reverts("DatasetRegistryNotEarlier"):
        system.datasets.proveDuplicate(second.proof(second_id, 4), first.proof(first_id, 1), SHARED, vera.tx)


def test_prove_duplicate_when_same_data_set_reverts(system, vera, pair, reverts):
    first, first_id, _, _ = pair

    with reverts("DatasetRegistryNotEarlier"):
        system.datasets.proveDuplicate(first.proof(first_id, 1), first.proof(first_id, 1), SHARED, vera.tx)


@pytest.mark.parametrize(("earlier", "later", "word"), [(0, 4, "shared"), (1, 3, "shared"), (1, 4, "other")])
def test_prove_duplicate_when_record_differs_reverts(system, vera, pair, reverts, earlier, later, word):
    first, first_id, second, second_id = pair
    proofs = first.proof(first_id, earlier), second.proof(second_id, later)

    with reverts("LeafDemandsBadProof"):
        system.datasets.proveDuplicate(*proofs, keccak(text=word), vera.tx)


def test_prove_duplicate_when_convicted_already_reverts(system, vera, pair, reverts):
    first, first_id, second, second_id = pair
    proofs = first.proof(first_id, 1), second.proof(second_id, 4)
    system.datasets.proveDuplicate(*proofs, SHARED, vera.tx)

    with reverts("LeafDemandsConvicted"):
        system.datasets.proveDuplicate(*proofs, SHARED, vera.tx)


def test_prove_duplicate_when_bond_is_withdrawn_still_convicts(system, parameters, mallory, vera, pair):
    first, first_id, second, second_id = pair
    chain.sleep(parameters.bond_holding)
    system.datasets.withdrawBond(second_id, mallory.tx)

    system.datasets.proveDuplicate(first.proof(first_id, 1), second.proof(second_id, 4), SHARED, vera.tx)

    assert system.datasets.dataset(second_id)["convictedAt"]


def test_withdraw_bond_when_convicted_reverts(system, parameters, mallory, vera, pair, reverts):
    first, first_id, second, second_id = pair
    system.datasets.proveDuplicate(first.proof(first_id, 1), second.proof(second_id, 4), SHARED, vera.tx)
    chain.sleep(parameters.bond_holding)

    with reverts("LeafDemandsConvicted"):
        system.datasets.withdrawBond(second_id, mallory.tx)


def test_prove_duplicate_when_copier_declared_a_false_count_still_convicts(
    system, alice, mallory, vera, tree_of, registered, committed, opening
):
    first, second = tree_of("shared"), tree_of("x", "shared", owner="mallory")
    first_id = registered(alice, first)
    committed(mallory, second.root)
    system.datasets.reveal(opening(second, count=999), mallory.tx)
    second_id = bytes(system.datasets.assetIdOf(mallory.address, 1, second.root))

    system.datasets.proveDuplicate(first.proof(first_id, 0), second.proof(second_id, 1), SHARED, vera.tx)

    assert system.datasets.dataset(second_id)["convictedAt"]


def test_prove_duplicate_when_unknown_reverts(system, vera, pair, reverts):
    first, first_id, second, _ = pair

    with reverts("LeafDemandsUnknownDataset"):
        system.datasets.proveDuplicate(
            first.proof(first_id, 1), second.proof(b"\x01" * 32, 4), SHARED, vera.tx
        )


def test_prove_duplicate_when_the_earlier_was_withdrawn_still_convicts(system, alice, vera, pair):
    first, first_id, second, second_id = pair
    system.datasets.withdrawAsset(first_id, alice.tx)

    system.datasets.proveDuplicate(first.proof(first_id, 1), second.proof(second_id, 4), SHARED, vera.tx)

    assert system.datasets.dataset(second_id)["convictedAt"]


def test_prove_duplicate_when_the_earlier_kept_silent_still_convicts(system, parameters, vera, pair):
    first, first_id, second, second_id = pair
    silence(system, parameters, first_id, vera)

    system.datasets.proveDuplicate(first.proof(first_id, 1), second.proof(second_id, 4), SHARED, vera.tx)

    assert system.datasets.dataset(second_id)["convictedAt"]


def test_prove_duplicate_when_the_earlier_is_a_copy_itself_reverts(
    system, ines, vera, tree_of, registered, pair, reverts
):
    first, first_id, second, second_id = pair
    third = tree_of("w", owner="ines")
    third_id = registered(ines, third)
    system.datasets.proveDuplicate(first.proof(first_id, 1), second.proof(second_id, 4), SHARED, vera.tx)

    with reverts("LeafDemandsConvicted"):
        system.datasets.proveDuplicate(
            second.proof(second_id, 3), third.proof(third_id, 0), keccak(text="w"), vera.tx
        )


def test_prove_duplicate_when_the_later_kept_silent_takes_its_standing_and_no_second_bond(
    system, parameters, vera, pair
):
    first, first_id, second, second_id = pair
    silence(system, parameters, second_id, vera)
    before, convicted_at = (
        system.token.balanceOf(vera.address),
        system.datasets.dataset(second_id)["convictedAt"],
    )
    chain.sleep(10)

    system.datasets.proveDuplicate(first.proof(first_id, 1), second.proof(second_id, 4), SHARED, vera.tx)

    found = system.datasets.dataset(second_id)
    assert (found["fault"], found["convictedAt"]) == (2, convicted_at)
    assert system.token.balanceOf(vera.address) == before


def silence(system, parameters, dataset_id, person):
    system.datasets.demandLeaf(dataset_id, 0, person.tx)
    chain.sleep(parameters.demand_window)
    system.datasets.closeDemand(dataset_id, 0, person.tx)
