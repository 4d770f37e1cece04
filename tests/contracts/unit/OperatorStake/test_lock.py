"""Only registrars lock, and each releases only its own lock."""

import pytest


def test_lock_when_free_is_locked_by_that_registrar(system, nora, staked, registrar, other_registrar):
    system.stake.lock(nora.address, 300, registrar)
    system.stake.lock(nora.address, 200, other_registrar)

    assert (system.stake.lockedOf(nora.address), system.stake.freeOf(nora.address)) == (500, 500)
    assert system.stake.lockedByOf(system.rewards.address, nora.address) == 200


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


def test_slash_when_not_registrar_reverts(system, nora, mallory, staked, reverts):
    with reverts("OperatorStakeNotRegistrar"):
        system.stake.slash(nora.address, 1, mallory.address, mallory.tx)
