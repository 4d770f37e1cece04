"""A commitment is bonded, ordered, and each committer's own; an expired one burns."""

from brownie import web3


def test_commit_when_new_takes_bond_and_next_order(system, parameters, alice, bob):
    before = system.token.balanceOf(alice.address)

    system.datasets.commit(b"\x01" * 32, alice.tx)
    made = system.datasets.commit(b"\x02" * 32, bob.tx)

    assert system.token.balanceOf(alice.address) == before - parameters.bond_base
    assert made.events["DatasetCommitted"]["order"] == 2
    assert system.datasets.commitCount() == 2


def test_commit_when_asked_before_tells_the_order_that_it_will_have(system, alice):
    system.datasets.commit(b"\x01" * 32, alice.tx)
    two = [b"\x02" * 32, b"\x03" * 32]

    assert system.datasets.commit.call(two[0], alice.tx) == 2
    assert system.datasets.commitMany.call(two, alice.tx) == 2


def test_commit_when_copied_by_another_blocks_nobody(system, alice, mallory):
    system.datasets.commit(b"\x01" * 32, mallory.tx)

    system.datasets.commit(b"\x01" * 32, alice.tx)

    assert system.datasets.openCommitment(alice.address, b"\x01" * 32)["order"] == 2


def test_commit_when_open_already_reverts(system, alice, reverts):
    system.datasets.commit(b"\x01" * 32, alice.tx)

    with reverts("DatasetRegistryCommitmentExists"):
        system.datasets.commit(b"\x01" * 32, alice.tx)


def test_commitment_of_when_packed_by_hand_is_equal(system, alice):
    from eth_utils import keccak

    packed = b"\x0b" + bytes.fromhex(alice.address[2:]) + b"\x01" + b"\x07" * 32 + b"\x08" * 32

    assert bytes(system.datasets.commitmentOf(alice.address, b"\x07" * 32, b"\x08" * 32)) == keccak(packed)


def test_forfeit_when_expired_burns_the_bond(system, parameters, alice, vera, committed):
    commitment = committed(alice, b"\x07" * 32)
    web3.provider.make_request("anvil_mine", [hex(parameters.commit_expiry)])
    supply = system.token.totalSupply()

    system.datasets.forfeitCommitment(alice.address, commitment, vera.tx)

    assert system.token.totalSupply() == supply - parameters.bond_base
    assert system.token.balanceOf(system.datasets.address) == 0
    assert system.datasets.openCommitment(alice.address, commitment)["order"] == 0


def test_forfeit_when_open_reverts(system, alice, vera, committed, reverts):
    commitment = committed(alice, b"\x07" * 32)

    with reverts("DatasetRegistryCommitmentOpen"):
        system.datasets.forfeitCommitment(alice.address, commitment, vera.tx)


def test_forfeit_when_unknown_reverts(system, alice, vera, reverts):
    with reverts("DatasetRegistryUnknownCommitment"):
        system.datasets.forfeitCommitment(alice.address, b"\x07" * 32, vera.tx)
