"""A commission is announced a thaw period before it holds, so that delegators can leave first."""

import pytest


def test_commission_when_never_set_is_the_whole(system, nora):
    assert tuple(system.stake.commissionOf(nora.address)) == (10_000, 0, 0)


def test_set_commission_when_announced_holds_after_a_thaw_period(system, parameters, nora, let_pass):
    done = system.stake.setCommission(1_000, nora.tx)
    from_ = done.timestamp + parameters.stake_thaw_period

    assert tuple(system.stake.commissionOf(nora.address)) == (10_000, 1_000, from_)
    let_pass(parameters.stake_thaw_period)
    assert tuple(system.stake.commissionOf(nora.address)) == (1_000, 0, 0)


def test_set_commission_when_announced_again_starts_the_delay_anew(system, parameters, nora, let_pass):
    system.stake.setCommission(1_000, nora.tx)
    let_pass(parameters.stake_thaw_period - 10)

    done = system.stake.setCommission(2_000, nora.tx)

    assert tuple(system.stake.commissionOf(nora.address)) == (
        10_000,
        2_000,
        done.timestamp + parameters.stake_thaw_period,
    )


def test_set_commission_when_one_holds_keeps_it_until_the_next(system, parameters, nora, let_pass):
    system.stake.setCommission(1_000, nora.tx)
    let_pass(parameters.stake_thaw_period)

    system.stake.setCommission(10_000, nora.tx)

    assert system.stake.commissionOf(nora.address)[0] == 1_000


def test_set_commission_when_above_the_whole_reverts(system, nora, reverts):
    with reverts("StakePoolsBadCommission"):
        system.stake.setCommission(10_001, nora.tx)


@pytest.mark.parametrize(("amount", "commission"), [(1, 0), (9, 0), (10, 1), (19, 1), (20, 2)])
def test_add_rewards_when_commission_is_a_tenth_round_for_the_pool(
    system, parameters, nora, bob, staked, let_pass, amount, commission
):
    system.stake.setCommission(1_000, nora.tx)
    let_pass(parameters.stake_thaw_period)
    before = system.token.balanceOf(nora.address)

    system.stake.addRewards(nora.address, amount, bob.tx)

    assert system.token.balanceOf(nora.address) - before == commission
    assert system.stake.streamOf(nora.address)["waiting"] == amount - commission
