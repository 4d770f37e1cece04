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


def test_prove_duplicate_when_copied_burns_half_and_pays_half(system, vera, pair):
    first, first_id, second, second_id = pair
    bond, supply = system.datasets.bondOf(5), system.token.totalSupply()
    before = system.token.balanceOf(vera.address)

    made = system.datasets.proveDuplicate(
        first.proof(first_id, 1), second.proof(second_id, 4), SHARED, vera.tx
    )

    assert system.datasets.dataset(second_id)["convictedAt"]
    assert not system.datasets.dataset(first_id)["convictedAt"]
    assert system.token.balanceOf(vera.address) == before + bond // 2
    assert system.token.totalSupply() == supply - (bond - bond // 2)
    assert made.events["DatasetConvicted"]["reporter"] == vera.address


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

    with reverts("DatasetRegistryBadProof"):
        system.datasets.proveDuplicate(*proofs, keccak(text=word), vera.tx)


def test_prove_duplicate_when_convicted_already_reverts(system, vera, pair, reverts):
    first, first_id, second, second_id = pair
    proofs = first.proof(first_id, 1), second.proof(second_id, 4)
    system.datasets.proveDuplicate(*proofs, SHARED, vera.tx)

    with reverts("DatasetRegistryConvicted"):
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

    with reverts("DatasetRegistryConvicted"):
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

    with reverts("DatasetRegistryUnknownDataset"):
        system.datasets.proveDuplicate(
            first.proof(first_id, 1), second.proof(b"\x01" * 32, 4), SHARED, vera.tx
        )
