"""A slash burns at least half, pays the reporter, insures with the rest, and spares another's lock."""

import pytest

NOBODY = "0x" + "00" * 20


@pytest.fixture(autouse=True)
def stake_is_backed(system, isolation, nora):
    yield
    stake = system.stake.stakeOf(nora.address)
    assert system.token.balanceOf(system.stake.address) == stake["active"] + stake["thawing"]
    assert stake["locked"] <= stake["active"]


@pytest.mark.parametrize(
    ("amount", "burned", "rewarded", "insured"),
    [(400, 200, 120, 80), (1, 1, 0, 0), (3, 2, 0, 1), (7, 4, 2, 1)],
)
def test_slash_when_locked_divides_exactly(
    system, nora, vera, staked, registrar, amount, burned, rewarded, insured
):
    system.stake.lock(nora.address, 500, registrar)
    supply, before = system.token.totalSupply(), system.token.balanceOf(vera.address)

    system.stake.slash(nora.address, amount, vera.address, registrar)

    assert system.token.totalSupply() == supply - burned
    assert system.token.balanceOf(vera.address) == before + rewarded
    assert system.escrow.insurancePool() == insured
    assert system.stake.lockedOf(nora.address) == 500 - amount
    assert system.stake.freeOf(nora.address) == 500


def test_slash_when_nobody_reported_insures_the_reward(system, nora, staked, registrar):
    system.stake.slash(nora.address, 400, NOBODY, registrar)

    assert system.escrow.insurancePool() == 200


def test_slash_when_more_than_the_lock_takes_free_then_thawing(system, nora, vera, staked, registrar):
    system.stake.lock(nora.address, 300, registrar)
    system.stake.startThaw(500, nora.tx)

    system.stake.slash(nora.address, 650, vera.address, registrar)

    assert tuple(system.stake.stakeOf(nora.address))[:3] == (0, 0, 350)


def test_slash_when_the_other_registrar_has_locked_spares_its_lock(
    system, nora, vera, staked, registrar, other_registrar, reverts
):
    system.stake.lock(nora.address, 600, other_registrar)

    system.stake.slash(nora.address, 400, vera.address, registrar)
    with reverts("OperatorStakeShort"):
        system.stake.slash(nora.address, 1, vera.address, registrar)

    assert system.stake.lockedOf(nora.address) == 600


def test_slash_when_zero_reverts(system, nora, vera, staked, registrar, reverts):
    with reverts("OperatorStakeZeroAmount"):
        system.stake.slash(nora.address, 0, vera.address, registrar)


def test_slash_when_reporter_is_the_operator_still_costs_more_than_half(system, nora, staked, registrar):
    before = system.token.balanceOf(nora.address)

    system.stake.slash(nora.address, 1_000, nora.address, registrar)

    assert system.token.balanceOf(nora.address) - before == 300
