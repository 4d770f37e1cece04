"""Two verifiers answer without seeing each other's answer; what they say is judged sample by sample."""

import pytest

from contracts.audits import DIFFERENT, DIGEST, REPORT, SALT, SAME, SMALL, STEP, UNOPENED, Phase, pass_time
from tallystick.pipeline.auditing.court import Outcome, packed, sample


def test_deliver_when_not_the_poster_or_too_late_reverts(game, vera, nora, reverts):
    game.open()
    game.attest()
    with reverts("AuditCourtNoSeed"):
        game.court.deliver(game.batch_id, DIGEST, nora.tx)
    game.publish()
    with reverts("AuditCourtNotPoster"):
        game.court.deliver(game.batch_id, DIGEST, vera.tx)
    pass_time(STEP)

    with reverts("AuditCourtTooLate"):
        game.court.deliver(game.batch_id, DIGEST, nora.tx)


def test_convict_silent_when_nothing_was_delivered_pays_the_reporter(system, game, bob, reverts):
    game.open()
    game.attest()
    game.publish()
    with reverts("AuditCourtTooEarly"):
        system.court.convictSilent(game.batch, bob.tx)
    pass_time(STEP)

    done = system.court.convictSilent(game.batch, bob.tx)

    assert bytes(done.events["BatchConvicted"]["kind"]).startswith(b"unopened")
    assert game.phase is Phase.CLOSED and game.outcome is Outcome.GUILTY
    assert done.events["StakeSlashed"][0]["reporter"] == bob.address


def test_sample_of_when_drawn_is_what_python_draws(system, game):
    game.until_answering()

    seed = bytes(system.beacon.seedOf(game.audit["round"]))
    assert list(system.court.sampleOf(game.batch_id)) == sample(seed, game.batch_id, 2, 3)


@pytest.mark.parametrize(
    "first, second, outcome",
    [
        ((SAME, SAME), (SAME, SAME), Outcome.CLEAN),
        ((SMALL, SAME), (SAME, SMALL), Outcome.CLEAN),
        ((DIFFERENT, SAME), (DIFFERENT, SAME), Outcome.GUILTY),
        ((SAME, DIFFERENT), (SMALL, UNOPENED), Outcome.GUILTY),
        ((DIFFERENT, DIFFERENT), (DIFFERENT, SAME), Outcome.GUILTY),
        ((DIFFERENT, SAME), (SAME, DIFFERENT), Outcome.SPLIT),
        ((DIFFERENT, SAME), (SAME, SAME), Outcome.SPLIT),
    ],
)
def test_reveal_answer_when_both_have_answered_judges(game, first, second, outcome):
    game.judged(first, second)

    assert game.outcome is outcome
    assert game.phase is (Phase.PANEL_ANSWERING if outcome is Outcome.SPLIT else Phase.JUDGED)


@pytest.mark.parametrize("first, second, warned", [(SMALL, SMALL, True), (SMALL, SAME, False)])
def test_reveal_answer_when_both_see_a_small_difference_raises_the_alarm(game, nora, first, second, warned):
    game.judged((first, SAME), (second, SAME))

    assert (game.court.alarmOf(nora.address) > 0) is warned


def test_commit_answer_when_copied_cannot_be_shown(game, reverts):
    game.until_answering()
    done = game.commit(0, SAME, SAME)
    copied = done.input[-64:]
    thief = game.drawn()[1]
    game.court.commitAnswer(game.batch_id, 1, bytes.fromhex(copied), thief.tx)
    game.reveal(0, SAME, SAME)

    with reverts("AuditCourtWrongReveal"):
        game.reveal(1, SAME, SAME)


def test_reveal_answer_when_it_is_another_or_too_early_reverts(game, reverts):
    game.until_answering()
    game.commit(0, SAME, DIFFERENT)
    with reverts("AuditCourtWrongPhase"):
        game.reveal(0, SAME, DIFFERENT)
    game.commit(1, SAME, SAME)

    with reverts("AuditCourtWrongReveal"):
        game.reveal(0, SAME, SAME)


def test_reveal_answer_when_by_another_reverts(game, reverts):
    game.until_answering()
    game.commit(0, SAME, SAME)
    game.commit(1, SAME, SAME)
    other = game.drawn()[1]

    with reverts("AuditCourtWrongReveal"):
        game.court.revealAnswer(game.batch_id, 0, packed((SAME, SAME)), REPORT, SALT, other.tx)


def test_reveal_answer_when_bits_lie_beyond_the_sample_ignores_them(game):
    game.judged((SAME, SAME, DIFFERENT), (SAME, SAME, DIFFERENT))

    assert game.outcome is Outcome.CLEAN


def test_retry_when_one_is_silent_fines_it_and_draws_anew(system, game, bob, reverts):
    game.until_answering()
    game.commit(0, SAME, SAME)
    silent = game.court.drawnOf(game.batch_id)[1]
    with reverts("AuditCourtTooEarly"):
        game.court.retry(game.batch_id, bob.tx)
    pass_time(STEP)

    game.court.retry(game.batch_id, bob.tx)

    bond = system.roster.seatBond()
    assert system.roster.seatOf(silent)["bond"] == bond - bond // 20
    assert game.phase is Phase.DELIVERING and game.audit["attempt"] == 1


def test_retry_when_nobody_answers_three_times_asks_a_panel(game, bob):
    game.open()
    game.attest()
    for _ in range(3):
        game.deliver()
        pass_time(STEP)
        game.court.retry(game.batch_id, bob.tx)

    assert game.phase is Phase.PANEL_ANSWERING
    pass_time(3 * STEP)
    game.close_panel()
    assert game.outcome is Outcome.UNVERIFIED
    game.finalise()
