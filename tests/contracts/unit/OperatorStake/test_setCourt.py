"""The court is set once, by whom the AccessManager allows, and slashes what no lock stands on."""

import pytest
from brownie import project

NOBODY = "0x" + "00" * 20


@pytest.fixture
def court(system, acting_as):
    """The court that the deployment named."""
    return acting_as(system.court)


@pytest.fixture
def alone(system, deployer):
    """A stake that nobody has named a court for."""
    links = (system.token, system.escrow, system.models, system.authority, 7_200, 3_600)
    return project.get_loaded_projects()[0].OperatorStake.deploy(*links, {"from": deployer})


def test_set_court_when_allowed_is_for_good(alone, deployer, vera, mallory, reverts):
    alone.setCourt(vera.address, {"from": deployer})
    assert alone.court() == vera.address

    with reverts("OperatorStakeAlreadyWired"):
        alone.setCourt(mallory.address, {"from": deployer})


def test_set_court_when_not_allowed_reverts(alone, mallory, reverts):
    with reverts("AccessManagedUnauthorized"):
        alone.setCourt(mallory.address, mallory.tx)


def test_set_court_when_nobody_reverts(alone, deployer, reverts):
    with reverts("OperatorStakeBadParameter"):
        alone.setCourt(NOBODY, {"from": deployer})


def test_slash_when_by_the_court_takes_beyond_locks_pro_rata(
    system, nora, staked, registrar, court, slash, case_of
):
    system.stake.lock(nora.address, 300, registrar)
    system.stake.startThaw(nora.address, 500_000, nora.tx)

    done = slash(600, sender=court)

    assert done.return_value == 600
    assert tuple(system.stake.stakeOf(nora.address)) == (200, 200, 300, 0)
    assert system.stake.slashed()["total"] == 600


def test_slash_when_by_the_court_spares_every_lock(
    system, nora, bob, staked, registrar, other_registrar, court, slash
):
    system.stake.lock(nora.address, 300, registrar)
    system.stake.lock(nora.address, 200, other_registrar)

    done = slash(10_000, bob.address, sender=court)

    assert done.return_value == 500
    assert tuple(system.stake.stakeOf(nora.address)) == (500, 0, 300, 200)
    slash(300, case=2)
    slash(200, case=3, sender=other_registrar)
    assert tuple(system.stake.stakeOf(nora.address)) == (0, 0, 0, 0)


def test_slash_when_by_the_court_finds_nothing_opens_no_case(
    system, nora, staked, registrar, court, slash, case_of
):
    system.stake.lock(nora.address, 1_000, registrar)

    done = slash(1, sender=court)

    assert done.return_value == 0
    assert system.stake.caseOf(case_of(1))["convictedAt"] == 0


@pytest.mark.parametrize("function", ["lock", "release"])
def test_lock_and_release_when_by_the_court_revert(system, nora, staked, court, reverts, function):
    with reverts("OperatorStakeNotRegistrar"):
        getattr(system.stake, function)(nora.address, 1, court)
