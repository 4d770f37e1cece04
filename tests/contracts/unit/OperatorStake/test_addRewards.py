"""Rewards: commission at once, the rest in a stream over the window after the one in which it came."""

import pytest

NOBODY = "0x" + "00" * 20


@pytest.fixture
def shared(system, parameters, nora, staked, opened, let_pass):
    """Nora's pool with a commission of a quarter."""
    system.stake.setCommission(2_500, nora.tx)
    let_pass(parameters.stake_thaw_period)


def test_add_rewards_when_commission_is_whole_are_the_operators(system, nora, bob, staked):
    before = system.token.balanceOf(nora.address)

    system.stake.addRewards(nora.address, 800, bob.tx)

    assert system.token.balanceOf(nora.address) == before + 800
    assert system.stake.streamOf(nora.address)["waiting"] == 0


def test_add_rewards_when_shared_stream_in_the_next_window(
    system, parameters, nora, bob, shared, window_starts, at_next
):
    window, before = system.stake.streamWindow(), system.token.balanceOf(nora.address)
    start = window_starts()
    system.stake.addRewards(nora.address, 803, bob.tx)

    assert system.token.balanceOf(nora.address) == before + 200
    for at, active in (
        (window - 1, 1_000),
        (window, 1_000),
        (window + window // 4, 1_150),
        (2 * window, 1_603),
        (3 * window, 1_603),
    ):
        at_next(start + at)
        system.stake.accrue(nora.address, bob.tx)
        assert system.stake.stakeOf(nora.address)["active"] == active
    assert system.stake.delegationOf(nora.address, nora.address)["tokens"] == 1_602


def test_add_rewards_when_repeated_in_small_sums_neither_speeds_nor_slows_the_stream(
    system, parameters, nora, bob, shared, window_starts, at_next
):
    window, start = system.stake.streamWindow(), window_starts()
    system.stake.addRewards(nora.address, 4_000, bob.tx)
    for tenth in range(10, 15):
        at_next(start + window * tenth // 10)
        system.stake.addRewards(nora.address, 4, bob.tx)

    at_next(start + window * 3 // 2)
    system.stake.accrue(nora.address, bob.tx)

    assert system.stake.stakeOf(nora.address)["active"] == 1_000 + 1_500


def test_delegate_when_a_stream_begins_earns_no_more_than_its_time(
    system, parameters, nora, bob, vera, shared, window_starts, at_next
):
    """Who comes for the last tenth of a stream, with as much as all others, gets half of a tenth."""
    window, start = system.stake.streamWindow(), window_starts()
    system.stake.addRewards(nora.address, 4_000_000, vera.tx)
    at_next(start + window * 19 // 10)
    system.stake.delegate(nora.address, 2_701_000, bob.tx)
    at_next(start + 2 * window)
    system.stake.accrue(nora.address, vera.tx)

    gained = system.stake.delegationOf(nora.address, bob.address)["tokens"] - 2_701_000

    assert 140_000 <= gained <= 150_000


def test_start_thaw_when_rewards_have_streamed_takes_them_along(system, nora, bob, shared, let_pass):
    system.stake.addRewards(nora.address, 800, bob.tx)
    let_pass(2 * system.stake.streamWindow())

    system.stake.startThaw(nora.address, 1_000_000, nora.tx)

    assert tuple(system.stake.stakeOf(nora.address))[:2] == (1, 1_599)


def test_add_rewards_when_all_have_left_belong_to_the_operator(
    system, parameters, nora, bob, shared, let_pass
):
    system.stake.addRewards(nora.address, 800, bob.tx)
    system.stake.startThaw(nora.address, 1_000_000, nora.tx)
    let_pass(1)

    system.stake.accrue(nora.address, bob.tx)

    assert tuple(system.stake.stakeOf(nora.address))[:2] == (600, 1_000)
    assert system.stake.delegationOf(nora.address, nora.address)["tokens"] == 600


def test_lock_when_streamed_rewards_are_needed_books_them_first(
    system, parameters, nora, bob, shared, registrar, let_pass, reverts
):
    system.stake.addRewards(nora.address, 800, bob.tx)
    with reverts("OperatorStakeFreeShort"):
        system.stake.lock(nora.address, 1_600, registrar)
    let_pass(2 * system.stake.streamWindow())

    system.stake.lock(nora.address, 1_600, registrar)

    assert tuple(system.stake.stakeOf(nora.address)) == (1_600, 0, 1_600, 0)


def test_sweep_when_the_asset_was_paid_books_it(system, nora, bob, alice, shared):
    system.token.transfer(system.models.payoutOf(system.models.operatorAssetOf(nora.address)), 400, bob.tx)

    first = system.stake.sweep(nora.address, alice.tx)
    system.token.transfer(system.stake.forwarderOf(nora.address), 40, bob.tx)
    second = system.stake.sweep(nora.address, alice.tx)

    assert (first.return_value, second.return_value) == (400, 40)
    assert system.stake.streamOf(nora.address)["waiting"] == 330
    assert system.token.balanceOf(system.stake.forwarderOf(nora.address)) == 0


@pytest.mark.parametrize("function", ["sweep", "addRewards"])
def test_rewards_when_zero_revert(system, nora, bob, staked, reverts, function):
    arguments = (nora.address, 0)[: 1 + (function == "addRewards")]

    with reverts("StakePoolsZeroAmount"):
        getattr(system.stake, function)(*arguments, bob.tx)


def test_collect_when_not_the_stake_reverts(system, nora, bob, mallory, staked, reverts):
    from brownie import RewardForwarder

    system.token.transfer(system.stake.forwarderOf(nora.address), 40, bob.tx)
    system.stake.sweep(nora.address, bob.tx)

    with reverts("RewardForwarderNotStake"):
        RewardForwarder.at(system.stake.forwarderOf(nora.address)).collect(mallory.tx)


def test_forwarder_when_asked_is_one_an_operator(system, nora, bob):
    assert system.stake.forwarderOf(nora.address) != system.stake.forwarderOf(bob.address)
    assert NOBODY not in (system.stake.forwarderOf(nora.address), system.stake.forwarder())


def test_withdraw_when_rewards_streamed_in_after_a_slash_leaves_them_to_the_pool(
    system, parameters, nora, bob, shared, acting_as, slash, let_pass
):
    """Shares are counted anew where a token is worth very many of them; what has streamed in is among the tokens."""
    system.stake.deposit(10**9, nora.tx)
    system.stake.startThaw(nora.address, system.stake.poolOf(nora.address)["shares"] // 2, nora.tx)
    system.stake.addRewards(nora.address, 4_000_000, bob.tx)
    slash(10**10, sender=acting_as(system.court))
    assert tuple(system.stake.stakeOf(nora.address)) == (0, 0, 0, 0)
    let_pass(parameters.stake_thaw_period + 2 * system.stake.streamWindow())
    before = system.stake.delegationOf(nora.address, nora.address)["tokens"]
    assert before > 2_999_000

    system.stake.withdraw(nora.address, nora.tx)

    assert system.stake.delegationOf(nora.address, nora.address)["tokens"] == before
    assert system.stake.stakeOf(nora.address)["active"] == 3_000_000
