"""A consumer's word on an agent weighs what burned behind a receipt that names it, once, after finality."""

from dataclasses import replace

import pytest

from contracts.settlement import Draft
from contracts.unit.AgentReputation.conftest import burned
from tallystick.domain.digests import lines_hash

TAG, ZERO = b"\x7a" * 32, bytes(32)


def test_feedback_when_the_batch_is_final_weighs_what_burned(system, final, draft, word, speak, agent, bob):
    done = speak(final, 0, word(0, tag=TAG))

    weight = burned(draft.receipts[0])
    assert weight > 0
    assert tuple(system.reputation.standingOf(agent)) == (weight, 1, 90 * weight)
    assert system.reputation.standingUnder(agent, TAG) == system.reputation.standingOf(agent)
    assert tuple(system.reputation.standingUnder(agent, ZERO)) == (0, 0, 0)
    assert system.reputation.weightOf(final[0]) == weight
    assert system.reputation.hasSpoken(word(0).receipt)
    told = done.events["FeedbackGiven"]
    assert (bytes(told["agentId"]), told["consumer"], bytes(told["tag"])) == (agent, bob.address, TAG)
    assert (bytes(told["receiptDigest"]), told["score"], told["weight"]) == (word(0).receipt, 90, weight)
    assert bytes(told["evidence"]) == word(0).evidence


def test_feedback_when_it_comes_of_two_receipts_adds_up(system, final, draft, word, speak, agent):
    speak(final, 0, word(0))
    speak(final, 1, word(1, score=0))

    first, second = (burned(draft.receipts[i]) for i in (0, 1))
    assert tuple(system.reputation.standingOf(agent)) == (first + second, 2, 90 * first)
    assert system.reputation.weightOf(final[0]) == first + second


def test_feedback_when_the_receipt_spoke_before_reverts(final, word, speak, reverts):
    speak(final, 0, word(0))

    with reverts("AgentReputationSpoken"):
        speak(final, 0, word(0, score=10))


@pytest.mark.parametrize(("score", "works"), [(100, True), (101, False)])
def test_feedback_when_the_score_is_at_its_bound_counts(final, word, speak, reverts, score, works):
    if works:
        assert speak(final, 0, word(0, score=score)).events["FeedbackGiven"]["score"] == score
    else:
        with reverts("AgentReputationBadScore"):
            speak(final, 0, word(0, score=score))


def test_feedback_when_the_batch_is_open_reverts(draft, submit, ledger, word, speak, reverts):
    batch_id = submit(draft.header())

    with reverts("AgentReputationNotFinal"):
        speak(ledger.named(batch_id), 0, word(0))


def test_feedback_when_the_batch_is_called_final_but_is_not_reverts(
    draft, submit, ledger, word, speak, reverts
):
    batch_id = submit(draft.header())

    with reverts("AgentReputationNotFinal"):
        speak(ledger.named(batch_id, "final"), 0, word(0))


def test_feedback_when_the_receipt_names_nobody_reverts(final, word, speak, reverts):
    for agent in ({}, {"agent": ZERO}):
        with reverts("AgentReputationWrongReceipt"):
            speak(final, 2, word(2, **agent))


def test_feedback_when_about_another_agent_or_receipt_reverts(final, word, speak, reverts):
    for changes in ({"agent": b"\x01" * 32}, {"receipt": b"\x02" * 32}):
        with reverts("AgentReputationWrongReceipt"):
            speak(final, 0, word(0, **changes))


def test_feedback_when_another_signed_or_nobody_reverts(
    system, final, draft, word, speak, carl, vera, reverts
):
    with reverts("AgentReputationNotConsumer"):
        speak(final, 0, word(0), by=carl)
    with reverts("AgentReputationNotConsumer"):
        system.reputation.giveFeedback(word(0).row, b"\x1b" * 65, final, draft.opening(0), vera.tx)


@pytest.mark.parametrize("changed", ["score", "tag", "evidence"])
def test_feedback_when_a_part_was_changed_after_signing_reverts(
    system, final, draft, word, bob, vera, reverts, changed
):
    signature = bob.sign(bytes(system.reputation.feedbackDigest(word(0).row)))
    other = word(0, **{changed: 1 if changed == "score" else b"\x09" * 32})

    with reverts("AgentReputationNotConsumer"):
        system.reputation.giveFeedback(other.row, signature, final, draft.opening(0), vera.tx)


def test_feedback_when_the_receipt_is_not_in_the_batch_reverts(
    system, final, draft, word, bob, vera, reverts
):
    signature = bob.sign(bytes(system.reputation.feedbackDigest(word(0).row)))
    opening = (*draft.opening(0)[:4], 1, draft.opening(1)[5])

    with reverts("BatchProofsBadOpening"):
        system.reputation.giveFeedback(word(0).row, signature, final, opening, vera.tx)


def test_feedback_when_other_lines_are_shown_reverts(system, final, draft, word, bob, vera, reverts):
    signature = bob.sign(bytes(system.reputation.feedbackDigest(word(0).row)))
    opening = list(draft.opening(0))
    opening[1] = draft.opening(1)[1]

    with reverts("BatchProofsWrongLines"):
        system.reputation.giveFeedback(word(0).row, signature, final, tuple(opening), vera.tx)


def test_feedback_when_unchallenged_lines_claim_more_than_the_batch_burned_reverts(
    signing, draft, finalise, word, speak, reverts
):
    # The receipt says that all of it burned; the header, which is what burns, says otherwise.
    signed = draft.receipts[0]
    fee = signed.receipt.cumulative - signed.receipt.previous
    lines = (replace(signed.lines[-1], amount=fee),)
    draft.receipts[0] = signing.sign(replace(signed.receipt, lines_hash=lines_hash(lines)), lines)
    header = Draft.of(draft.domain, draft.receipts).header(burned=fee - 1)
    batch = finalise(header)

    with reverts("AgentReputationNoWeight"):
        speak(batch, 0, word(0))


@pytest.mark.parametrize("kept", [slice(0, 0), slice(0, 1), slice(0, -1)])
def test_feedback_when_no_burn_line_is_last_has_no_weight(
    signing, draft, finalise, word, speak, reverts, kept
):
    signed = draft.receipts[0]
    lines = signed.lines[kept]
    draft.receipts[0] = signing.sign(replace(signed.receipt, lines_hash=lines_hash(lines)), lines)
    batch = finalise(draft.header())

    with reverts("AgentReputationNoWeight"):
        speak(batch, 0, word(0))


def test_feedback_when_the_header_burned_just_enough_counts(draft, finalise, word, speak, reverts):
    both = burned(draft.receipts[0]) + burned(draft.receipts[1])
    batch = finalise(draft.header(burned=both - 1))
    speak(batch, 0, word(0))

    with reverts("AgentReputationNoWeight"):
        speak(batch, 1, word(1))


def test_digest_when_computed_is_of_this_contract_and_chain(system, word):
    from eth_utils import keccak

    said = word(0)
    kind = b"AgentFeedback(bytes32 agentId,bytes32 receiptDigest,uint8 score,bytes32 tag,bytes32 evidence)"
    struct = keccak(
        keccak(kind) + said.agent + said.receipt + said.score.to_bytes(32, "big") + said.tag + said.evidence
    )
    domain = keccak(
        keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
        + keccak(b"Tallystick")
        + keccak(b"1")
        + (31337).to_bytes(32, "big")
        + bytes(12)
        + bytes.fromhex(system.reputation.address[2:])
    )

    assert bytes(system.reputation.feedbackDigest(said.row)) == keccak(b"\x19\x01" + domain + struct)
