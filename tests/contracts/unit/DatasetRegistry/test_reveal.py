"""A reveal opens the caller's commitment in its time and takes the bond for the records."""

from brownie import chain, web3
from eth_abi import encode
from eth_utils import keccak


def test_reveal_when_due_registers_with_order_of_the_commit(system, parameters, alice, tree_of, registered):
    system.datasets.commit(b"\x09" * 32, alice.tx)
    before = system.token.balanceOf(alice.address)
    tree = tree_of("a", "b", "c")

    dataset_id = registered(alice, tree)

    found = system.datasets.dataset(dataset_id)
    assert (found["count"], found["licence"], found["order"], found["convictedAt"]) == (3, 1, 2, 0)
    assert found["bond"] == parameters.bond_base + 3 * parameters.bond_per_record
    assert system.token.balanceOf(alice.address) == before - found["bond"]
    assert system.datasets.ownerOf(dataset_id) == alice.address
    assert system.datasets.kindOf(dataset_id) == 1


def test_asset_id_when_hashed_by_hand_is_equal(system, alice):
    types = ["uint256", "address", "address", "uint8", "bytes32"]
    packed = encode(types, [chain.id, system.datasets.address, alice.address, 1, b"\x07" * 32])

    assert bytes(system.datasets.assetIdOf(alice.address, 1, b"\x07" * 32)) == keccak(packed)


def test_reveal_when_early_reverts(system, alice, tree_of, opening, reverts):
    opened = opening(tree_of("a"))
    system.datasets.commit(system.datasets.commitmentOf(alice.address, opened[0], opened[2]), alice.tx)

    with reverts("DatasetRegistryRevealTooEarly"):
        system.datasets.reveal(opened, alice.tx)


def test_reveal_when_expired_reverts(system, parameters, alice, tree_of, committed, opening, reverts):
    tree = tree_of("a")
    committed(alice, tree.root)
    web3.provider.make_request("anvil_mine", [hex(parameters.commit_expiry)])

    with reverts("DatasetRegistryCommitmentExpired"):
        system.datasets.reveal(opening(tree), alice.tx)


def test_reveal_when_committed_by_another_reverts(
    system, alice, mallory, tree_of, committed, opening, reverts
):
    tree = tree_of("a")
    committed(alice, tree.root)

    with reverts("DatasetRegistryUnknownCommitment"):
        system.datasets.reveal(opening(tree), mallory.tx)


def test_reveal_when_repeated_reverts(system, alice, tree_of, registered, committed, opening, reverts):
    tree = tree_of("a")
    registered(alice, tree)
    committed(alice, tree.root)

    with reverts("ContentRegistryAssetExists"):
        system.datasets.reveal(opening(tree), alice.tx)


def test_reveal_when_empty_reverts(system, alice, reverts):
    with reverts("DatasetRegistryEmpty"):
        system.datasets.reveal((b"\x01" * 32, b"\x0d" * 32, b"\x02" * 32, bytes(32), 0, 1), alice.tx)


def test_reveal_when_root_is_zero_reverts(system, alice, committed, reverts):
    committed(alice, b"\x00" * 32)

    with reverts("ContentRegistryZeroContent"):
        system.datasets.reveal((bytes(32), b"\x0d" * 32, b"\x51" * 32, bytes(32), 1, 1), alice.tx)
