"""Stake leaves after a thaw, in which it cannot be locked but is slashed; locks older than the thaw hold it."""

import pytest

ALL = 1_000_000


def test_withdraw_when_thawed_pays_out(system, parameters, nora, staked, let_pass):
    before = system.token.balanceOf(nora.address)
    system.stake.startThaw(nora.address, 400_000, nora.tx)
    let_pass(parameters.stake_thaw_period)

    system.stake.withdraw(nora.address, nora.tx)

    assert system.token.balanceOf(nora.address) == before + 400
    assert tuple(system.stake.stakeOf(nora.address)) == (600, 0, 0, 0)
    assert tuple(system.stake.poolOf(nora.address)) == (600_000, 0, 0, 0)


def test_withdraw_when_early_reverts(system, parameters, nora, staked, let_pass, reverts):
    system.stake.startThaw(nora.address, 400_000, nora.tx)
    let_pass(parameters.stake_thaw_period - 5)

    with reverts("StakePoolsThawing"):
        system.stake.withdraw(nora.address, nora.tx)


def test_withdraw_when_nothing_thaws_reverts(system, nora, staked, reverts):
    with reverts("StakePoolsNoThaw"):
        system.stake.withdraw(nora.address, nora.tx)


def test_start_thaw_when_repeated_starts_the_clock_anew(system, parameters, nora, staked, let_pass, reverts):
    system.stake.startThaw(nora.address, 400_000, nora.tx)
    let_pass(parameters.stake_thaw_period)
    system.stake.startThaw(nora.address, 1_000, nora.tx)

    with reverts("StakePoolsThawing"):
        system.stake.withdraw(nora.address, nora.tx)

    assert system.stake.delegationOf(nora.address, nora.address)["thawing"] == 401


@pytest.mark.parametrize(("shares", "error"), [(0, "StakePoolsZeroAmount"), (1, "StakePoolsDust")])
def test_start_thaw_when_worth_nothing_reverts(system, nora, staked, reverts, shares, error):
    with reverts(error):
        system.stake.startThaw(nora.address, shares, nora.tx)


def test_start_thaw_when_more_than_held_reverts(system, nora, bob, staked, reverts):
    with reverts("StakePoolsSharesShort"):
        system.stake.startThaw(nora.address, ALL + 1, nora.tx)
    with reverts("StakePoolsSharesShort"):
        system.stake.startThaw(nora.address, 1, bob.tx)


def test_lock_when_thawing_reverts(system, nora, staked, registrar, reverts):
    system.stake.startThaw(nora.address, 400_000, nora.tx)

    with reverts("OperatorStakeFreeShort"):
        system.stake.lock(nora.address, 601, registrar)


def test_start_thaw_when_all_is_locked_ends_new_locks_and_waits_for_the_old(
    system, parameters, nora, staked, registrar, let_pass, reverts
):
    system.stake.lock(nora.address, 1_000, registrar)

    system.stake.startThaw(nora.address, ALL, nora.tx)

    with reverts("OperatorStakeFreeShort"):
        system.stake.lock(nora.address, 1, registrar)
    let_pass(parameters.stake_thaw_period)
    with reverts("StakePoolsStillLocked"):
        system.stake.withdraw(nora.address, nora.tx)
    system.stake.release(nora.address, 1_000, registrar)
    system.stake.withdraw(nora.address, nora.tx)
    assert tuple(system.stake.stakeOf(nora.address)) == (0, 0, 0, 0)


def test_slash_when_all_thaws_takes_the_lock_from_what_thaws(system, nora, staked, registrar, slash):
    system.stake.lock(nora.address, 700, registrar)
    system.stake.startThaw(nora.address, ALL, nora.tx)

    slash(700)

    assert tuple(system.stake.stakeOf(nora.address)) == (0, 300, 0, 0)
    assert system.stake.delegationOf(nora.address, nora.address)["thawing"] == 300
