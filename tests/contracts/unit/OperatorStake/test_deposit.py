"""Stake comes in for the caller or for another."""


def test_deposit_when_allowed_is_free_stake(system, nora, staked):
    assert system.stake.freeOf(nora.address) == 1_000
    assert system.token.balanceOf(system.stake.address) == 1_000


def test_deposit_for_when_allowed_is_the_others(system, alice, nora):
    system.stake.depositFor(nora.address, 5, alice.tx)

    assert (system.stake.freeOf(nora.address), system.stake.freeOf(alice.address)) == (5, 0)


def test_deposit_when_zero_reverts(system, nora, reverts):
    with reverts("OperatorStakeZeroAmount"):
        system.stake.deposit(0, nora.tx)
