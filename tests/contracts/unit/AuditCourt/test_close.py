"""What follows from the answers: finality, or conviction after an appeal that fails."""

import pytest

from contracts.audits import DIFFERENT, SAME, STEP, Phase, pass_time
from tallystick.pipeline.auditing.court import Outcome

CLEAN, FALSE = (SAME, SAME), (DIFFERENT, SAME)


def test_close_when_clean_lets_the_batch_become_final(game, reverts, bob):
    game.judged(CLEAN, CLEAN)
    with reverts("AuditCourtTooEarly"):
        game.court.close(game.batch, bob.tx)

    game.close()

    assert game.phase is Phase.CLOSED and game.outcome is Outcome.CLEAN
    game.finalise()


def test_close_when_both_say_false_convicts(system, game, draft, nora):
    game.judged(FALSE, FALSE)
    header = draft.header()
    active = system.stake.stakeOf(nora.address)["active"]
    bond = system.attribution.bondOf(header.total, 1)

    done = game.close()

    assert bytes(done.events["BatchConvicted"]["kind"]).startswith(b"reexecution")
    # Seeds of this chain can be biased, so three bonds more are taken from what no lock stands on.
    assert system.stake.stakeOf(nora.address)["active"] == active - 4 * bond
    assert done.events["StakeSlashed"][0]["reporter"] == system.fund.address
    assert system.escrow.pendingOf(nora.address) == 0 and game.court.alarmOf(nora.address) > 0


def test_verdict_when_guilty_is_kept_with_its_time(game, nora, bob):
    game.judged(FALSE, FALSE)
    assert not game.court.isGuilty(nora.address, 0, 2**40)

    at = game.close().timestamp

    said = [
        game.court.isGuilty(nora.address, *span)
        for span in ((at, at + 1), (0, 2**40), (0, at), (at + 1, 2**40))
    ]
    assert said == [True, True, False, False] and not game.court.isGuilty(bob.address, 0, 2**40)


def test_verdict_when_clean_is_none(game, nora):
    game.judged(CLEAN, CLEAN)

    game.close()

    assert not game.court.isGuilty(nora.address, 0, 2**40)


def test_close_when_warned_before_takes_a_bond_more(system, game, draft, nora):
    game.judged((*FALSE[:1], 1), (*FALSE[:1], 1))
    active = system.stake.stakeOf(nora.address)["active"]

    game.close()

    bond = system.attribution.bondOf(draft.header().total, 1)
    assert system.stake.stakeOf(nora.address)["active"] == active - 5 * bond


def test_appeal_when_the_accused_is_right_fines_both(system, game, nora):
    game.judged(FALSE, FALSE)
    pair = list(game.court.drawnOf(game.batch_id))
    before = system.token.balanceOf(nora.address)
    game.court.appeal(game.batch_id, nora.tx)
    assert system.token.balanceOf(nora.address) == before - game.court.appealBondOf(game.batch_id)

    done = game.panel(*[CLEAN] * 7)

    assert "BatchConvicted" not in done.events and game.outcome is Outcome.CLEAN
    assert system.token.balanceOf(nora.address) == before
    for seat in pair:
        assert system.roster.seatOf(seat)["bond"] <= system.roster.seatBond() // 2
    game.finalise()


def test_appeal_when_the_accused_is_wrong_loses_its_bond_to_panel_and_burn(system, game, nora):
    game.judged(FALSE, FALSE)
    game.court.appeal(game.batch_id, nora.tx)
    supply, bond = system.token.totalSupply(), game.court.appealBondOf(game.batch_id)

    done = game.panel(*[FALSE] * 7)

    assert "BatchConvicted" in done.events and game.outcome is Outcome.GUILTY
    assert system.token.totalSupply() == supply - bond // 2
    paid = [e["amount"] for e in done.events["VerifierPaid"]]
    assert paid == [game.audit["samples"] * 100] * 7 and system.fund.booked() == 0


def test_appeal_when_a_challenger_is_right_rewards_it_and_fines_the_lazy(system, game, bob):
    game.judged(CLEAN, CLEAN)
    lazy = list(game.court.drawnOf(game.batch_id))
    game.court.appeal(game.batch_id, bob.tx)

    done = game.panel(*[FALSE] * 5, CLEAN, CLEAN)

    assert done.events["StakeSlashed"][0]["reporter"] == bob.address
    assert len(done.events["VerifierPaid"]) == 5
    for seat in lazy:
        assert system.roster.seatOf(seat)["bond"] <= system.roster.seatBond() // 2


def test_appeal_when_a_challenger_is_wrong_loses_the_bond(system, game, bob):
    game.judged(CLEAN, CLEAN)
    before = system.token.balanceOf(bob.address)
    game.court.appeal(game.batch_id, bob.tx)

    game.panel(*[CLEAN] * 7)

    assert system.token.balanceOf(bob.address) == before - game.court.appealBondOf(game.batch_id)
    assert game.outcome is Outcome.CLEAN


def test_close_panel_when_three_of_seven_accuse_acquits(game):
    game.judged(FALSE, CLEAN)

    game.panel(*[FALSE] * 3, *[CLEAN] * 4)

    assert game.outcome is Outcome.CLEAN


def test_close_panel_when_four_accuse_of_different_samples_acquits_and_decides_nothing(system, game):
    game.judged(FALSE, CLEAN)
    bonds = [system.roster.seatOf(n)["bond"] for n in range(8)]

    game.panel(FALSE, FALSE, (SAME, DIFFERENT), (SAME, DIFFERENT), CLEAN, CLEAN, CLEAN)

    assert game.outcome is Outcome.UNVERIFIED
    assert [system.roster.seatOf(n)["bond"] for n in range(8)] == bonds


def test_close_panel_when_four_accuse_of_one_sample_convicts(game):
    game.judged(FALSE, CLEAN)

    done = game.panel(FALSE, FALSE, (DIFFERENT, DIFFERENT), FALSE, CLEAN, CLEAN, CLEAN)

    assert "BatchConvicted" in done.events


def test_close_panel_when_some_are_silent_fines_them(system, game, bob):
    game.judged(FALSE, CLEAN)
    game.publish()
    for place in range(4):
        game.commit(place, *FALSE)
    silent = list(game.court.drawnOf(game.batch_id))[4:]
    bonds = {seat: system.roster.seatOf(seat)["bond"] for seat in silent}
    pass_time(2 * STEP)
    for place in range(4):
        game.reveal(place, *FALSE)
    pass_time(STEP)

    done = game.close_panel()

    assert "BatchConvicted" in done.events
    for seat, bond in bonds.items():
        assert system.roster.seatOf(seat)["bond"] < bond


def test_appeal_when_too_late_reverts(game, bob, reverts):
    game.judged(CLEAN, CLEAN)
    pass_time(STEP)

    with reverts("AuditCourtTooLate"):
        game.court.appeal(game.batch_id, bob.tx)


def test_close_panel_when_too_early_reverts(game, bob, reverts):
    game.judged(FALSE, CLEAN)
    game.publish()

    with reverts("AuditCourtTooEarly"):
        game.court.closePanel(game.batch, bob.tx)


@pytest.mark.parametrize("call", ["close", "closePanel", "convictSilent", "voidUnserved"])
def test_ending_when_in_another_phase_reverts(game, bob, reverts, call):
    with reverts("AuditCourtWrongPhase"):
        getattr(game.court, call)(game.batch, bob.tx)


def convicted_by_proof(system, game, acting_as, bob):
    system.attribution.convict(
        game.batch, bob.address, b"branchSum".ljust(32, b"\0"), acting_as(system.referee)
    )
    game.ledger.named(game.batch_id, "convicted")


def test_close_when_a_proof_convicted_the_batch_meanwhile_takes_nothing_more(system, game, acting_as, bob):
    game.judged(FALSE, FALSE)
    convicted_by_proof(system, game, acting_as, bob)
    lost = system.stake.slashed()["total"]

    game.close()

    assert game.phase is Phase.CLOSED and system.stake.slashed()["total"] == lost


def test_close_when_called_a_convicted_batch_that_is_none_reverts(game, reverts, bob):
    game.judged(FALSE, FALSE)
    pass_time(STEP)
    number, header, stamp = game.batch
    forged = (number, header, (*stamp[:4], 3, *stamp[5:]))

    with reverts("AuditCourtWrongBatch"):
        game.court.close(forged, bob.tx)


def test_panel_when_a_proof_convicted_the_batch_meanwhile_ends(system, game, acting_as, bob, nora):
    game.judged(FALSE, FALSE)
    game.court.appeal(game.batch_id, nora.tx)
    convicted_by_proof(system, game, acting_as, bob)

    game.panel(*[FALSE] * 7)

    assert game.phase is Phase.CLOSED and game.outcome is Outcome.GUILTY


def test_void_when_a_proof_convicted_the_batch_meanwhile_ends_the_audit(
    system, game, acting_as, bob, reverts
):
    game.open()
    game.publish()
    convicted_by_proof(system, game, acting_as, bob)
    with reverts("AuditCourtTooEarly"):
        game.court.voidUnserved(game.batch, bob.tx)
    pass_time(STEP)

    game.court.voidUnserved(game.batch, bob.tx)

    assert game.phase is Phase.CLOSED
