"""Only registrars lock, and each releases only its own lock."""

import pytest


def test_lock_when_free_is_locked_by_that_registrar(system, nora, staked, registrar, other_registrar):
    system.stake.lock(nora.address, 300, registrar)
    system.stake.lock(nora.address, 200, other_registrar)

    assert tuple(system.stake.stakeOf(nora.address)) == (1_000, 0, 300, 200)
    assert (system.stake.lockedOf(nora.address), system.stake.freeOf(nora.address)) == (500, 500)


def test_lock_when_more_than_free_reverts(system, nora, staked, registrar, other_registrar, reverts):
    system.stake.lock(nora.address, 300, registrar)

    with reverts("OperatorStakeFreeShort"):
        system.stake.lock(nora.address, 701, other_registrar)


def test_lock_when_it_wraps_around_64_bits_reverts(system, nora, staked, registrar, reverts):
    with reverts("OperatorStakeFreeShort"):
        system.stake.lock(nora.address, 2**64 + 1, registrar)


def test_release_when_locked_is_free_again(system, nora, staked, registrar):
    system.stake.lock(nora.address, 300, registrar)

    system.stake.release(nora.address, 100, registrar)

    assert (system.stake.lockedOf(nora.address), system.stake.freeOf(nora.address)) == (200, 800)


def test_release_when_locked_by_the_other_reverts(system, nora, staked, registrar, other_registrar, reverts):
    system.stake.lock(nora.address, 300, registrar)

    with reverts("OperatorStakeLockShort"):
        system.stake.release(nora.address, 1, other_registrar)


@pytest.mark.parametrize("function", ["lock", "release"])
def test_lock_and_release_when_not_registrar_revert(system, nora, staked, reverts, function):
    with reverts("OperatorStakeNotRegistrar"):
        getattr(system.stake, function)(nora.address, 1, nora.tx)


def test_lock_and_release_when_sent_touch_one_slot(system, nora, staked, registrar):
    system.stake.lock(nora.address, 1, registrar)
    locked = system.stake.lock(nora.address, 300, registrar)
    released = system.stake.release(nora.address, 100, registrar)

    print(f"gas of lock {locked.gas_used}, of release {released.gas_used}")
    assert (len(locked.events), len(released.events)) == (0, 0)
    # 21,000 and calldata, one registrar's slot read, one slot written, and 1,300 for all the rest.
    assert max(locked.gas_used, released.gas_used) < 21_000 + 800 + 2_100 + 5_000 + 1_300
