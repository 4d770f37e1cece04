"""Others join the pool of an operator whose asset pays it, bear its slashes, and cannot be robbed by rounding."""

import pytest

NOBODY = "0x" + "00" * 20


def test_delegate_when_the_asset_pays_the_pool_shares_it(system, nora, bob, staked, opened):
    system.stake.delegate(nora.address, 500, bob.tx)

    assert tuple(system.stake.delegationOf(nora.address, bob.address)) == (500_000, 500, 0, 0)
    assert system.stake.freeOf(nora.address) == 1_500


def test_delegate_when_nobody_registered_reverts(system, nora, bob, staked, reverts):
    with reverts("StakePoolsClosed"):
        system.stake.delegate(nora.address, 500, bob.tx)


def test_delegate_when_the_payout_went_elsewhere_is_closed_and_open_to_leave(
    system, parameters, nora, bob, staked, opened, let_pass, reverts
):
    system.stake.delegate(nora.address, 500, bob.tx)

    system.models.setPayout(opened, NOBODY, nora.tx)

    assert not system.stake.isOpen(nora.address)
    with reverts("StakePoolsClosed"):
        system.stake.delegate(nora.address, 1, bob.tx)
    system.stake.startThaw(nora.address, 500_000, bob.tx)
    let_pass(parameters.stake_thaw_period)
    system.stake.withdraw(nora.address, bob.tx)
    system.stake.delegate(nora.address, 1, nora.tx)


def test_slash_when_delegated_and_thawing_is_shared_pro_rata(
    system, nora, bob, vera, staked, opened, registrar, slash
):
    system.stake.delegate(nora.address, 600, bob.tx)
    system.stake.delegate(nora.address, 400, vera.tx)
    system.stake.startThaw(nora.address, 400_000, vera.tx)
    system.stake.lock(nora.address, 1_000, registrar)

    slash(500)

    own = [system.stake.delegationOf(nora.address, who.address) for who in (nora, bob, vera)]
    assert [found["tokens"] for found in own] == [750, 450, 0]
    assert own[2]["thawing"] == 300
    assert tuple(system.stake.stakeOf(nora.address)) == (1_200, 300, 500, 0)


def test_slash_when_not_divisible_takes_the_odd_unit_from_the_active_pool(
    system, nora, staked, registrar, slash
):
    system.stake.startThaw(nora.address, 500_000, nora.tx)
    system.stake.lock(nora.address, 7, registrar)

    slash(7)

    assert tuple(system.stake.stakeOf(nora.address)) == (496, 497, 0, 0)


def test_delegate_when_slashed_to_nothing_again_and_again_never_overflows(
    system, deployer, nora, bob, opened, registrar, slash
):
    """Each life of a pool starts at a price of its own; the shares of the lives before are worth nothing."""
    for case in range(1, 7):
        system.token.transfer(nora.address, 10**12, {"from": deployer})
        system.stake.deposit(10**12, nora.tx)
        whole, left = system.stake.freeOf(nora.address), case % 2
        system.stake.lock(nora.address, whole - left, registrar)
        slash(whole - left, case=case)
        assert system.stake.delegationOf(nora.address, nora.address)["tokens"] <= left

    system.stake.delegate(nora.address, 10**9, bob.tx)

    assert 0 <= 10**9 - system.stake.delegationOf(nora.address, bob.address)["tokens"] <= 1
    pool = system.stake.poolOf(nora.address)
    assert pool["scale"] > 0
    assert pool["shares"] < 2**80


def test_delegate_when_the_price_was_inflated_costs_the_attacker_more(
    system, parameters, mallory, bob, let_pass
):
    """One share, then a gift to the pool: the classic way to take the next one's deposit by rounding."""
    system.models.registerOperator("https://mallory.example", mallory.tx)
    asset = system.models.operatorAssetOf(mallory.address)
    system.models.setPayout(asset, system.stake.forwarderOf(mallory.address), mallory.tx)
    system.stake.setCommission(0, mallory.tx)
    let_pass(parameters.stake_thaw_period)
    system.stake.deposit(1, mallory.tx)
    gift = 10**9
    system.stake.addRewards(mallory.address, gift, mallory.tx)
    let_pass(3 * system.stake.streamWindow())

    system.stake.delegate(mallory.address, gift, bob.tx)

    lost = gift - system.stake.delegationOf(mallory.address, bob.address)["tokens"]
    attacker_lost = gift + 1 - system.stake.delegationOf(mallory.address, mallory.address)["tokens"]
    assert lost <= gift // 1_000
    assert attacker_lost >= gift // 3


def test_delegate_when_rounding_would_take_a_thousandth_reverts(
    system, parameters, nora, bob, staked, opened, let_pass, reverts
):
    system.stake.setCommission(0, nora.tx)
    let_pass(parameters.stake_thaw_period)
    system.stake.addRewards(nora.address, 1_000, bob.tx)
    let_pass(3 * system.stake.streamWindow())

    with reverts("StakePoolsDust"):
        system.stake.delegate(nora.address, 1, bob.tx)


@pytest.mark.parametrize("sender", ["bob", "nora"])
def test_donation_when_sent_to_the_stake_moves_no_price(system, people, nora, staked, sender):
    system.token.transfer(system.stake.address, 10**6, people[sender].tx)

    assert system.stake.freeOf(nora.address) == 1_000
