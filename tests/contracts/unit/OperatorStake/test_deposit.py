"""An operator's own stake is shares of its pool."""


def test_deposit_when_allowed_is_free_stake(system, nora, staked):
    assert system.stake.freeOf(nora.address) == 1_000
    assert system.token.balanceOf(system.stake.address) == 1_000
    assert tuple(system.stake.delegationOf(nora.address, nora.address)) == (1_000_000, 1_000, 0, 0)


def test_deposit_when_repeated_costs_the_same_price(system, nora, staked):
    system.stake.deposit(500, nora.tx)

    assert tuple(system.stake.poolOf(nora.address)) == (1_500_000, 0, 0, 0)


def test_deposit_when_zero_reverts(system, nora, reverts):
    with reverts("StakePoolsZeroAmount"):
        system.stake.deposit(0, nora.tx)


def test_deposit_when_beyond_64_bits_reverts(system, nora, reverts):
    with reverts("SafeCastOverflowedUintDowncast"):
        system.stake.deposit(2**64 + 1, nora.tx)
