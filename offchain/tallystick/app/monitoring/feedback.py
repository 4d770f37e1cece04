"""Takes a consumer's word on an answer. A correction is kept only with consent to train on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.app.monitoring.encoding import payload_of
from tallystick.domain.ids import Hash
from tallystick.domain.traffic import FeedbackSample
from tallystick.errors import IntegrityMismatch, InvalidInput, NotFound
from tallystick.ports import Feedback, Ledger, NewEntry

MOST_CHARACTERS = 8_000


@dataclass(frozen=True, slots=True)
class TakenFeedback:
    """`is_watched`: the monitors count it; an answer that was not noted has no monitors."""

    receipt: Hash
    label: str
    may_train: bool
    is_watched: bool


def take_feedback(ledger: Ledger, feedback: Feedback) -> TakenFeedback:
    """In place of what was said of the same answer before; taking consent back takes the correction along."""
    check(feedback)
    ledger.receipts.get(feedback.receipt)
    ledger.feedback.give(feedback)
    label = "good" if feedback.is_good else "corrected" if feedback.correction else "bad"
    return TakenFeedback(feedback.receipt, label, feedback.may_train, _watched(ledger, feedback, label))


def check(feedback: Feedback) -> None:
    """InvalidInput for a correction without consent, of a good answer, or of no length."""
    correction = feedback.correction
    if correction is None:
        return
    if not feedback.may_train:
        raise InvalidInput(
            "A correction is kept for training alone.",
            "Consent with --may-train, or leave the correction out.",
        )
    if feedback.is_good:
        raise InvalidInput("A good answer needs no correction.", "Say --bad, or leave the correction out.")
    if not correction.strip() or len(correction) > MOST_CHARACTERS:
        raise InvalidInput(
            f"The correction has {len(correction.strip())} characters.", f"Give 1 to {MOST_CHARACTERS}."
        )


def taken_from_json(receipt: Hash, body: Mapping[str, Any]) -> TakenFeedback:
    """What an operator says it took; IntegrityMismatch for anything else."""
    try:
        told = TakenFeedback(
            receipt, str(body["label"]), body["may_train"] is True, body["is_watched"] is True
        )
    except KeyError as error:
        raise IntegrityMismatch(f"The operator's answer lacks {error}.", "Ask it what it took.") from error
    return told


def _watched(ledger: Ledger, feedback: Feedback, label: str) -> bool:
    try:
        release = ledger.traffic.release_of(feedback.receipt)
    except NotFound:
        return False
    payload = payload_of(FeedbackSample(feedback.receipt, label))
    ledger.traffic.note(release, [NewEntry("feedback", feedback.receipt, feedback.given_at, payload)])
    return True
