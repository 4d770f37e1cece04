"""Stake leaves after a thaw, in which it cannot be locked."""

from brownie import chain


def test_withdraw_when_thawed_pays_out(system, parameters, nora, staked):
    before = system.token.balanceOf(nora.address)
    system.stake.startThaw(400, nora.tx)
    chain.sleep(parameters.stake_thaw_period)

    system.stake.withdraw(nora.tx)

    assert system.token.balanceOf(nora.address) == before + 400
    assert tuple(system.stake.stakeOf(nora.address)) == (600, 0, 0, 0)


def test_withdraw_when_early_reverts(system, nora, staked, reverts):
    system.stake.startThaw(400, nora.tx)

    with reverts("OperatorStakeThawing"):
        system.stake.withdraw(nora.tx)


def test_withdraw_when_nothing_thaws_reverts(system, nora, staked, reverts):
    with reverts("OperatorStakeNoThaw"):
        system.stake.withdraw(nora.tx)


def test_start_thaw_when_locked_reverts(system, nora, staked, registrar, reverts):
    system.stake.lock(nora.address, 700, registrar)

    with reverts("OperatorStakeFreeShort"):
        system.stake.startThaw(301, nora.tx)


def test_start_thaw_when_zero_reverts(system, nora, staked, reverts):
    with reverts("OperatorStakeZeroAmount"):
        system.stake.startThaw(0, nora.tx)


def test_lock_when_thawing_reverts(system, nora, staked, registrar, reverts):
    system.stake.startThaw(400, nora.tx)

    with reverts("OperatorStakeFreeShort"):
        system.stake.lock(nora.address, 601, registrar)
