"""Registrars are set once, by the deployer; parameters keep to their bounds."""

import pytest

NOBODY = "0x" + "00" * 20


@pytest.fixture
def fresh(system, deployer):
    from brownie import OperatorStake

    return OperatorStake.deploy(system.token, system.escrow, 1, {"from": deployer})


def test_wire_when_fresh_sets_both(fresh, deployer, alice, bob):
    fresh.wire(alice.address, bob.address, {"from": deployer})

    assert (fresh.attributionRegistry(), fresh.rewardDistributor()) == (alice.address, bob.address)


def test_wire_when_wired_reverts(system, deployer, alice, bob, reverts):
    with reverts("OperatorStakeAlreadyWired"):
        system.stake.wire(alice.address, bob.address, {"from": deployer})


def test_wire_when_not_deployer_reverts(fresh, mallory, alice, bob, reverts):
    with reverts("OperatorStakeNotDeployer"):
        fresh.wire(alice.address, bob.address, mallory.tx)


def test_wire_when_zero_reverts(fresh, deployer, alice, reverts):
    with reverts("OperatorStakeBadParameter"):
        fresh.wire(alice.address, NOBODY, {"from": deployer})


@pytest.mark.parametrize("zero", range(3))
def test_constructor_when_a_parameter_is_zero_reverts(system, deployer, reverts, zero):
    from brownie import OperatorStake

    arguments = [system.token, system.escrow, 1]
    arguments[zero] = NOBODY if zero < 2 else 0

    with reverts("OperatorStakeBadParameter"):
        OperatorStake.deploy(*arguments, {"from": deployer})
