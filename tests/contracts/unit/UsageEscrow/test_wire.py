"""Links are set once, by the deployer."""

import pytest

NOBODY = "0x" + "00" * 20


@pytest.fixture
def fresh(system, deployer):
    from brownie import UsageEscrow

    return UsageEscrow.deploy(system.authority, system.token, system.parameters, 1, 1, {"from": deployer})


def test_wire_when_fresh_sets_both(fresh, deployer, alice, bob):
    fresh.wire(alice.address, bob.address, {"from": deployer})

    assert (fresh.attributionRegistry(), fresh.rewardDistributor()) == (alice.address, bob.address)


def test_wire_when_wired_reverts(system, deployer, alice, bob, reverts):
    with reverts("UsageEscrowAlreadyWired"):
        system.escrow.wire(alice.address, bob.address, {"from": deployer})


def test_wire_when_not_deployer_reverts(fresh, mallory, alice, bob, reverts):
    with reverts("UsageEscrowNotDeployer"):
        fresh.wire(alice.address, bob.address, mallory.tx)


def test_wire_when_zero_reverts(fresh, deployer, alice, reverts):
    for links in ((NOBODY, alice.address), (alice.address, NOBODY)):
        with reverts("UsageEscrowZeroParameter"):
            fresh.wire(*links, {"from": deployer})


@pytest.mark.parametrize("zero", range(1, 5))
def test_constructor_when_a_parameter_is_zero_reverts(system, deployer, reverts, zero):
    from brownie import UsageEscrow

    arguments = [system.authority, system.token, system.parameters, 1, 1]
    arguments[zero] = NOBODY if zero < 3 else 0

    with reverts("UsageEscrowZeroParameter"):
        UsageEscrow.deploy(*arguments, {"from": deployer})
