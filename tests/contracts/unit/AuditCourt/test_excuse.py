"""What an excuse spares, and what it never does: another fault of a batch, or the fine of who passed what was planted."""

import pytest

from contracts.audits import DIFFERENT, SAME, STEP, Phase, pass_time
from contracts.unit.Canaries.conftest import game as planted_game
from contracts.unit.Canaries.conftest import planted, receipts, unplanted
from tallystick.pipeline.auditing.court import Outcome

__all__ = ["game", "planted", "receipts", "unplanted"]

CLEAN, FOUND, OTHER = (SAME, SAME, SAME), (DIFFERENT, SAME, SAME), (SAME, DIFFERENT, SAME)
BOTH = (DIFFERENT, DIFFERENT, SAME)
game = planted_game


def until_panel_answered(game, *answers):
    """Everybody of the panel has answered, and nobody has closed it."""
    game.publish()
    game.court.deliver(game.batch_id, b"\xd1" * 32, game.poster.tx)
    game.answer(*answers)


def bonds_of(system, seats):
    return [system.roster.seatOf(seat)["bond"] for seat in seats]


def test_excuse_when_both_found_it_makes_the_batch_final_and_pays_both(system, game, planted, nora):
    game.judged(FOUND, FOUND)
    pair = game.drawn()

    planted.show(game, nora)

    assert game.phase is Phase.JUDGED and game.outcome is Outcome.CLEAN
    assert "BatchConvicted" not in game.close().events
    assert all(system.fund.unitsOf(game.batch_id, who.address) >= 3 for who in pair)
    assert not game.court.isGuilty(nora.address, 0, 2**40)
    game.finalise()


def test_excuse_when_both_found_another_fault_too_convicts(game, planted, nora):
    game.judged(BOTH, BOTH)

    planted.show(game, nora)

    assert game.outcome is Outcome.GUILTY
    assert "BatchConvicted" in game.close().events


def test_excuse_when_one_found_another_fault_too_asks_a_panel(game, planted, nora):
    game.judged(BOTH, FOUND)

    planted.show(game, nora)

    assert game.phase is Phase.PANEL_ANSWERING and game.outcome is Outcome.SPLIT
    assert "BatchConvicted" in game.panel(*[BOTH] * 4, *[CLEAN] * 3).events


def test_excuse_when_a_panel_follows_leaves_it_out_there(system, game, planted, nora):
    game.judged(BOTH, FOUND)
    pair = list(game.court.drawnOf(game.batch_id))
    planted.show(game, nora)
    before = bonds_of(system, pair)

    done = game.panel(*[FOUND] * 4, *[CLEAN] * 3)

    assert game.outcome is Outcome.CLEAN and len(done.events["VerifierPaid"]) == 7
    # Who had named the other receipt was wrong about it.
    after = bonds_of(system, pair)
    assert after[0] < before[0] and after[1] == before[1]


def test_excuse_when_shown_gives_a_whole_step_to_appeal(game, planted, nora, bob, reverts):
    game.judged(FOUND, FOUND)
    pass_time(STEP - 10)
    planted.show(game, nora)
    pass_time(20)

    with reverts("AuditCourtTooEarly"):
        game.court.close(game.batch, bob.tx)
    game.court.appeal(game.batch_id, bob.tx)

    assert game.phase is Phase.PANEL_ANSWERING


def test_excuse_when_both_passed_it_fines_them_and_pays_who_appealed(system, game, planted, nora):
    game.judged(CLEAN, CLEAN)
    lazy = list(game.court.drawnOf(game.batch_id))
    before, bonds = system.token.balanceOf(nora.address), bonds_of(system, lazy)
    bond = game.court.appealBondOf(game.batch_id)
    game.court.appeal(game.batch_id, nora.tx)
    until_panel_answered(game, *[FOUND] * 5, CLEAN, CLEAN)

    planted.show(game, nora)
    pass_time(STEP)
    done = game.close_panel()

    assert "BatchConvicted" not in done.events and game.outcome is Outcome.CLEAN
    assert [b - a for a, b in zip(bonds_of(system, lazy), bonds, strict=True)] == [
        system.roster.seatBond() // 2
    ] * 2
    assert done.events["FinderPaid"]["finder"] == nora.address
    assert done.events["FinderPaid"]["amount"] == bond
    assert system.token.balanceOf(nora.address) == before + bond
    assert len(done.events["VerifierPaid"]) == 5 and system.fund.booked() == 0
    game.finalise()


def test_excuse_when_one_passed_it_fines_that_one_and_pays_no_finder(system, game, planted, nora):
    game.judged(FOUND, CLEAN)
    until_panel_answered(game, *[FOUND] * 7)

    planted.show(game, nora)
    done = game.close_panel()

    assert "BatchConvicted" not in done.events and "FinderPaid" not in done.events
    fined = [e["amount"] for e in done.events["SeatFined"]]
    assert fined == [system.roster.seatBond() // 2]


def test_close_panel_when_nothing_was_shown_waits_a_step_and_convicts(game, bob, reverts):
    game.judged(FOUND, CLEAN)
    until_panel_answered(game, *[FOUND] * 7)

    with reverts("AuditCourtTooEarly"):
        game.court.closePanel(game.batch, bob.tx)
    pass_time(STEP)

    assert "BatchConvicted" in game.close_panel().events


def test_close_panel_when_another_fault_was_found_too_convicts(game, planted, nora):
    game.judged(FOUND, CLEAN)
    until_panel_answered(game, *[BOTH] * 4, *[FOUND] * 3)

    planted.show(game, nora)

    done = game.close_panel()
    assert "BatchConvicted" in done.events and "FinderPaid" not in done.events


def test_close_panel_when_another_fault_has_no_majority_is_excused(game, planted, nora):
    game.judged(FOUND, CLEAN)
    until_panel_answered(game, *[BOTH] * 3, *[FOUND] * 4)

    planted.show(game, nora)

    assert "BatchConvicted" not in game.close_panel().events


def test_close_panel_when_it_saw_nothing_spares_who_named_what_was_planted(system, game, planted, nora):
    game.judged(FOUND, CLEAN)
    until_panel_answered(game, *[CLEAN] * 4, *[FOUND] * 3)

    planted.show(game, nora)
    done = game.close_panel()

    assert game.outcome is Outcome.CLEAN and "SeatFined" not in done.events


@pytest.mark.parametrize("named", [FOUND, CLEAN])
def test_close_when_nothing_was_shown_is_as_without(game, named):
    game.judged(named, named)

    assert ("BatchConvicted" in game.close().events) == (named is FOUND)
