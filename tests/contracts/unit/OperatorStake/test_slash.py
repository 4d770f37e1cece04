"""A slash takes the registrar's own lock, moves no token, and divides exactly: at least half burns."""

import pytest

NOBODY = "0x" + "00" * 20


@pytest.fixture(autouse=True)
def stake_is_backed(system, isolation, nora, case_of):
    yield
    stake, sums = system.stake.stakeOf(nora.address), system.stake.slashed()
    waiting = sum(system.stake.caseOf(case_of(n))["rewarded"] for n in range(9))
    held = system.token.balanceOf(system.stake.address)
    assert held == stake["active"] + stake["thawing"] + sums["burnable"] + sums["insurable"] + waiting
    assert stake["lockedBatches"] + stake["lockedProposals"] <= stake["active"]


@pytest.mark.parametrize(
    ("amount", "burned", "rewarded", "insured"),
    [(400, 200, 120, 80), (1, 1, 0, 0), (3, 2, 0, 1), (7, 4, 2, 1)],
)
def test_slash_when_locked_divides_exactly(
    system, nora, vera, staked, registrar, slash, case_of, amount, burned, rewarded, insured
):
    system.stake.lock(nora.address, 500, registrar)

    done = slash(amount, vera.address)

    assert tuple(system.stake.slashed()) == (burned, insured, amount)
    assert tuple(system.stake.caseOf(case_of(1))) == (vera.address, done.timestamp, rewarded)
    assert tuple(system.stake.stakeOf(nora.address)) == (1_000 - amount, 0, 500 - amount, 0)


def test_slash_when_both_parts_are_the_whole_rounds_for_the_burn(
    system, nora, vera, staked, registrar, slash
):
    system.stake.lock(nora.address, 500, registrar)

    slash(3, vera.address, parts=(5_000, 5_000))

    assert tuple(system.stake.slashed()) == (2, 0, 3)


def test_slash_when_nobody_reported_insures_the_reward(system, nora, staked, registrar, slash):
    system.stake.lock(nora.address, 400, registrar)

    slash(400)

    assert tuple(system.stake.slashed()) == (200, 200, 400)


def test_slash_when_more_than_the_own_lock_reverts(
    system, nora, staked, registrar, other_registrar, slash, reverts
):
    system.stake.lock(nora.address, 300, registrar)
    system.stake.lock(nora.address, 600, other_registrar)

    with reverts("OperatorStakeLockShort"):
        slash(301)


def test_slash_when_the_case_is_known_reverts(system, nora, staked, registrar, slash, reverts):
    system.stake.lock(nora.address, 300, registrar)
    slash(1)

    with reverts("SlashCasesExists"):
        slash(1)


@pytest.mark.parametrize("parts", [(4_999, 3_000), (5_000, 5_001), (10_000, 1)])
def test_slash_when_parts_are_out_of_bounds_reverts(system, nora, staked, registrar, slash, reverts, parts):
    system.stake.lock(nora.address, 300, registrar)

    with reverts("SlashCasesBadParts"):
        slash(1, parts=parts)


def test_slash_when_zero_reverts(staked, slash, reverts):
    with reverts("OperatorStakeZeroAmount"):
        slash(0)


def test_slash_when_not_registrar_reverts(nora, staked, slash, reverts):
    with reverts("OperatorStakeNotRegistrar"):
        slash(1, sender=nora.tx)


def test_flush_when_slashed_burns_and_insures(system, nora, vera, bob, staked, registrar, slash):
    system.stake.lock(nora.address, 407, registrar)
    slash(400, vera.address, case=1)
    slash(7, vera.address, case=2)
    supply, insured = system.token.totalSupply(), system.escrow.insurancePool()

    system.stake.flush(bob.tx)

    assert system.token.totalSupply() == supply - 204
    assert system.escrow.insurancePool() == insured + 81
    assert tuple(system.stake.slashed()) == (0, 0, 407)


def test_flush_when_nothing_waits_reverts(system, bob, reverts):
    with reverts("SlashCasesNothingSlashed"):
        system.stake.flush(bob.tx)


def test_pay_report_when_a_day_has_passed_pays_once(
    system, nora, vera, bob, staked, registrar, slash, case_of, let_pass, reverts
):
    system.stake.lock(nora.address, 400, registrar)
    slash(400, vera.address)
    before = system.token.balanceOf(vera.address)
    with reverts("SlashCasesDelayed"):
        system.stake.payReport(case_of(1), bob.tx)
    let_pass(system.stake.REPORT_DELAY())

    system.stake.payReport(case_of(1), bob.tx)

    assert system.token.balanceOf(vera.address) == before + 120
    with reverts("SlashCasesNothingDue"):
        system.stake.payReport(case_of(1), bob.tx)


def test_pay_report_when_unknown_reverts(system, bob, case_of, reverts):
    with reverts("SlashCasesUnknown"):
        system.stake.payReport(case_of(1), bob.tx)


def test_slash_when_reporter_is_the_operator_still_burns_half(
    system, nora, staked, registrar, slash, case_of, let_pass
):
    system.stake.lock(nora.address, 1_000, registrar)
    before = system.token.balanceOf(nora.address)
    slash(1_000, nora.address)
    let_pass(system.stake.REPORT_DELAY())

    system.stake.payReport(case_of(1), nora.tx)

    assert system.token.balanceOf(nora.address) - before == 300


def test_slash_when_sent_costs_little(system, nora, vera, staked, registrar, slash):
    system.stake.lock(nora.address, 500, registrar)
    slash(100, vera.address, case=1)

    done = slash(100, vera.address, case=2)

    print(f"gas of slash {done.gas_used}")
    assert done.gas_used < 72_000
