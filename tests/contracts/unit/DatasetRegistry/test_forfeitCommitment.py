"""An expired commitment burns; an open one cannot be touched."""

from brownie import web3


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
