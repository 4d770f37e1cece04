"""What is shown is what was committed to before the draw, with the consent of somebody else who paid."""

import brownie
import pytest

from contracts.audits import DIFFERENT, SAME, STEP, pass_time
from contracts.settlement import Draft

CLEAN, FOUND = (SAME, SAME, SAME), (DIFFERENT, SAME, SAME)


def test_show_when_committed_and_drawn_tells_the_court(system, game, planted, nora):
    game.judged(FOUND, FOUND)

    done = planted.show(game, nora)

    assert done.events["CanaryShown"]["index"] == 0
    assert bytes(done.events["CanaryShown"]["receiptDigest"]) == planted.digest
    excused = done.events["SamplesExcused"]
    assert (excused["batchId"], excused["samples"], excused["isFound"]) == (game.batch_id, 3, True)
    assert system.canaries.excusedIn(planted.digest) == game.batch_id
    root = planted.draft.receipt_tree.root.hash
    assert not system.canaries.isPending(game.batch_id, nora.address, root)


def test_show_when_twice_reverts(game, planted, nora, reverts):
    game.judged(FOUND, FOUND)
    planted.show(game, nora)

    with reverts("CanariesShownBefore"):
        planted.show(game, nora)


@pytest.mark.parametrize("part", ["index", "expires_at", "salt", "payer"])
def test_show_when_something_else_was_committed_to_reverts(game, planted, nora, vera, reverts, part):
    game.judged(FOUND, FOUND)
    other = {"index": 1, "expires_at": planted.expires_at - 1, "salt": bytes(32), "payer": vera}

    setattr(planted, part, other[part])

    with reverts("CanariesNotCommitted"):
        planted.show(game, nora)


def test_show_when_nothing_was_committed_to_reverts(unplanted, planted, nora, reverts):
    unplanted.judged(FOUND, FOUND)

    with reverts("CanariesNotCommitted"):
        planted.show(unplanted, nora)


def test_show_when_another_than_the_poster_committed_reverts(unplanted, planted, nora, mallory, reverts):
    planted.commit(mallory)
    unplanted.judged(FOUND, FOUND)

    with reverts("CanariesNotCommitted"):
        planted.show(unplanted, nora)


def test_show_when_committed_after_the_draw_reverts(unplanted, planted, nora, reverts):
    unplanted.open()
    unplanted.attest()
    pass_time(1)
    planted.commit(nora)
    unplanted.deliver()
    unplanted.answer(FOUND, FOUND)

    with reverts("CanariesTooLate"):
        planted.show(unplanted, nora)


def test_show_when_the_payer_is_another_or_none_reverts(unplanted, planted, nora, vera, reverts):
    planted.payer = vera
    planted.commit(nora)
    unplanted.judged(FOUND, FOUND)

    with reverts("CanariesNoConsent"):
        planted.show(unplanted, nora)


def test_show_when_a_session_key_agreed_reverts(system, unplanted, planted, nora, bob, carl, reverts):
    system.escrow.authorizeSigner(carl.address, bob.tx)
    planted.payer = carl
    planted.commit(nora)
    unplanted.judged(FOUND, FOUND)

    with reverts("CanariesNoConsent"):
        planted.show(unplanted, nora)


def test_show_when_the_consent_had_expired_reverts(unplanted, planted, nora, reverts):
    planted.expires_at = brownie.chain.time() - 1
    planted.commit(nora)
    unplanted.judged(FOUND, FOUND)

    with reverts("CanariesNoConsent"):
        planted.show(unplanted, nora)


def test_show_when_the_consent_expired_after_the_commitment_holds(system, unplanted, planted, nora):
    planted.expires_at = brownie.chain.time() + 600
    planted.commit(nora)
    unplanted.judged(FOUND, FOUND)
    pass_time(600)

    planted.show(unplanted, nora)

    assert system.canaries.excusedIn(planted.digest) == unplanted.batch_id


def test_show_when_the_poster_paid_reverts(own, nora, reverts):
    planted, game = own
    game.judged((DIFFERENT,), (DIFFERENT,))

    with reverts("CanariesOwnReceipt"):
        planted.show(game, nora)


def test_show_when_the_receipt_is_of_another_batch_reverts(game, planted, signing, draft, nora, reverts):
    game.judged(FOUND, FOUND)
    planted.draft = Draft.of(signing.domain, draft.receipts[:1])

    with reverts("BatchProofsBadOpening"):
        planted.show(game, nora)


def test_show_when_the_batch_is_none_reverts(game, planted, nora, reverts):
    game.judged(FOUND, FOUND)
    number, header, stamp = game.batch

    with reverts("BatchProofsWrongBatch"):
        planted.show(game, nora, (number + 1, header, stamp))


def test_show_when_the_receipt_was_not_drawn_reverts(few, planted, nora, reverts):
    """Two of three are drawn; some other block's hash spares the first."""
    planted.commit(nora)
    for blocks in range(64):
        brownie.chain.snapshot()
        brownie.chain.mine(blocks + 1)
        few.until_answering()
        if planted.index not in list(few.court.sampleOf(few.batch_id)):
            break
        brownie.chain.revert()
    few.answer((DIFFERENT, SAME), (DIFFERENT, SAME))

    with reverts("CanariesNotDrawn"):
        planted.show(few, nora)


def test_show_when_too_early_reverts(game, planted, nora, reverts):
    with reverts("CanariesTooLate"):
        planted.show(game, nora)
    game.until_answering()
    with reverts("AuditCourtWrongPhase"):
        planted.show(game, nora)
    game.answer(CLEAN, FOUND)
    game.publish()
    game.commit(0, *FOUND)

    with reverts("AuditCourtWrongPhase"):
        planted.show(game, nora)


def test_show_when_too_late_reverts(game, planted, nora, reverts):
    game.judged(FOUND, FOUND)
    pass_time(STEP)
    with reverts("AuditCourtTooLate"):
        planted.show(game, nora)
    game.close()

    with reverts("AuditCourtWrongPhase"):
        planted.show(game, nora)


def test_show_when_two_passed_it_reverts(game, planted, nora, reverts):
    game.judged(CLEAN, CLEAN)

    with reverts("AuditCourtWrongPhase"):
        planted.show(game, nora)


def test_excuse_when_by_another_reverts(system, game, nora, reverts):
    game.judged(FOUND, FOUND)

    with reverts("AuditCourtNotCanaries"):
        system.court.excuse(game.batch_id, 3, nora.tx)
