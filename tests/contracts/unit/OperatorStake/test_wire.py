"""Registrars are set once, by the deployer; parameters keep to their bounds."""

import pytest
from brownie import OpenToken, OperatorStake

NOBODY = "0x" + "00" * 20
YEAR = 365 * 86_400


@pytest.fixture
def fresh(system, deployer):
    return OperatorStake.deploy(*links(system, deployer), 2, 1, {"from": deployer})


def links(system, deployer):
    return [system.token, system.escrow, system.models, deployer]


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


@pytest.mark.parametrize("numbers", [(0, 0), (2, 0), (2, 3), (YEAR + 1, 1)])
def test_constructor_when_windows_are_out_of_bounds_reverts(system, deployer, reverts, numbers):
    with reverts("StakePoolsBadParameter"):
        OperatorStake.deploy(*links(system, deployer), *numbers, {"from": deployer})


@pytest.mark.parametrize(
    ("place", "error"),
    enumerate(
        [
            "OpenHolderBadToken",
            "OperatorStakeBadParameter",
            "StakePoolsBadParameter",
            "OperatorStakeBadParameter",
        ]
    ),
)
def test_constructor_when_a_link_is_missing_reverts(system, deployer, reverts, place, error):
    given = links(system, deployer)
    given[place] = NOBODY

    with reverts(error):
        OperatorStake.deploy(*given, 2, 1, {"from": deployer})


@pytest.mark.parametrize("supply", [2**56 - 1, 2**56])
def test_constructor_when_the_supply_exceeds_56_bits_reverts(system, deployer, reverts, supply):
    token = OpenToken.deploy(deployer, supply, {"from": deployer})
    given = [token, *links(system, deployer)[1:], 2, 1, {"from": deployer}]

    if supply < 2**56:
        assert OperatorStake.deploy(*given).token() == token.address
        return
    with reverts("OpenHolderBadToken"):
        OperatorStake.deploy(*given)
