"""Who wants a batch final has it audited, and pays what its own audit line lacks."""

import pytest

from contracts.audits import SEATED, STEP, Game, Phase, pass_time
from contracts.settlement import WINDOW
from tallystick.pipeline.auditing.court import sample_size


def test_open_when_staffed_asks_for_signatures(system, game, draft):
    done = game.open()

    header, event = draft.header(), done.events["AuditOpened"]
    assert game.phase is Phase.SIGNING and game.audit["poster"].lower() == header.poster
    assert event["budget"] == header.audit and game.audit["affordable"] == (header.audit // 100 - 3) // 2
    assert game.audit["slots"] == len(SEATED) and game.audit["startedAt"] == 0
    assert [int(part) for part in game.court.progressOf(game.batch_id, 1)] == [2**64 - 1, 0]


def test_open_when_the_audit_line_is_short_takes_the_rest(
    system, people, seated, draft, submit, ledger, nora
):
    poor = Game(system, people, ledger, submit(draft.header(audit=120)))
    before = system.token.balanceOf(nora.address)

    done = poor.open()

    assert done.events["AuditOpened"]["budget"] == 500
    assert before - system.token.balanceOf(nora.address) == 380 == system.fund.booked()


def test_open_when_unstaffed_needs_no_audit(system, people, draft, submit, ledger, reverts):
    other = Game(system, people, ledger, submit(draft.header()))
    with reverts("AuditCourtUnstaffed"):
        other.open()

    pass_time(WINDOW)
    system.attribution.finaliseBatch(other.batch, people["bob"].tx)


def test_finalise_when_staffed_and_unaudited_reverts(system, game, people, reverts):
    pass_time(10 * WINDOW)

    with reverts("AttributionRegistryNotAudited"):
        system.attribution.finaliseBatch(game.batch, people["bob"].tx)


def test_open_when_opened_already_reverts(game, reverts):
    game.open()

    with reverts("AuditCourtWrongPhase"):
        game.open()


def test_open_when_the_batch_is_another_reverts(system, game, reverts, nora):
    changed = (*game.batch[:1], (*game.batch[1][:4], 7, *game.batch[1][5:]), game.batch[2])

    with reverts("AuditCourtWrongBatch"):
        system.court.open(changed, nora.tx)


@pytest.mark.parametrize(
    "affordable, receipts, widened, size", [(1, 9, False, 1), (8, 9, False, 2), (8, 9, True, 8)]
)
def test_sample_size_when_widened_is_four_times_as_large(affordable, receipts, widened, size):
    assert sample_size(affordable, receipts, widened) == size


def test_attest_when_the_second_signs_opens_the_window(system, game):
    game.open()
    game.attest(1)
    assert game.phase is Phase.SIGNING

    place, second = 1, game.drawn()[1]
    game.court.attest(game.batch_id, place, second.tx)

    assert game.phase is Phase.DELIVERING and game.audit["samples"] == 2
    assert game.court.progressOf(game.batch_id, 1)[0] == game.audit["startedAt"] > 0
    assert system.fund.unitsOf(game.batch_id, second.address) == 1


def test_attest_when_not_drawn_or_twice_reverts(game, nora, reverts):
    game.open()
    game.publish()
    first = game.drawn()[0]
    with reverts("AuditCourtNotDrawn"):
        game.court.attest(game.batch_id, 0, nora.tx)
    with reverts("AuditCourtNotDrawn"):
        game.court.attest(game.batch_id, 1, first.tx)
    game.court.attest(game.batch_id, 0, first.tx)

    with reverts("AuditCourtNotDrawn"):
        game.court.attest(game.batch_id, 0, first.tx)


def test_attest_when_the_seed_is_unknown_reverts(game, vera, reverts):
    game.open()

    with reverts("AuditCourtNoSeed"):
        game.court.attest(game.batch_id, 0, vera.tx)


def test_void_unserved_when_nobody_signs_returns_the_total(system, game, nora, reverts, people):
    game.open()
    game.publish()
    before = system.stake.stakeOf(nora.address)["active"]
    with reverts("AuditCourtTooEarly"):
        system.court.voidUnserved(game.batch, people["bob"].tx)
    pass_time(STEP)

    system.court.voidUnserved(game.batch, people["bob"].tx)

    game.ledger.named(game.batch_id, "voided")
    assert system.attribution.isBatch(game.batch) and system.escrow.pendingOf(nora.address) == 0
    assert system.stake.stakeOf(nora.address)["active"] == before
    assert system.attribution.lastHeaderOf(nora.address) == "0x" + "00" * 32


def test_lapse_when_the_beacon_is_silent_lets_the_batch_go_on(system, game, people, reverts):
    game.open()
    pass_time(STEP)

    system.court.lapse(game.batch_id, people["bob"].tx)

    assert game.phase is Phase.CLOSED
    game.finalise()


def test_challenge_when_the_window_has_not_begun_is_open(system, game, vera):
    game.open()
    pass_time(10 * WINDOW)

    bond = system.challenges.bondOf(game.batch_id) * 2
    done = system.challenges.challenge(game.batch, 0, 0, {**vera.tx, "value": bond})

    assert "Challenged" in done.events
