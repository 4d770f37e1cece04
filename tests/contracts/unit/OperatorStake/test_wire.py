"""Registrars are set once, by the deployer; parameters keep to their bounds."""

import pytest

NOBODY = "0x" + "00" * 20


@pytest.fixture
def fresh(system, deployer):
    from brownie import OperatorStake

    return OperatorStake.deploy(system.token, system.escrow, 1, 5_000, 3_000, {"from": deployer})


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


@pytest.mark.parametrize("numbers", [(0, 5_000, 3_000), (1, 4_999, 3_000), (1, 5_000, 5_001)])
def test_constructor_when_out_of_bounds_reverts(system, deployer, reverts, numbers):
    from brownie import OperatorStake

    with reverts("OperatorStakeBadParameter"):
        OperatorStake.deploy(system.token, system.escrow, *numbers, {"from": deployer})
