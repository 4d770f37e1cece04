"""Feedback on its way from a consumer to the operator: signed, so that nobody else speaks for an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.commitments.keccak import keccak256
from tallystick.commitments.signatures import recover
from tallystick.commitments.statements import Statement
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address, Hash, address
from tallystick.errors import InvalidInput
from tallystick.ports import Feedback

_WORD = b"tallystick feedback 1"


@dataclass(frozen=True, slots=True)
class SignedFeedback:
    feedback: Feedback
    signature: bytes


def feedback_statement(domain: Domain, feedback: Feedback) -> Statement:
    """What the consumer or its session key signs. The later of two words counts, so its time is signed too."""
    place = domain.chain_id.to_bytes(32, "big") + bytes.fromhex(domain.escrow[2:])
    said = bytes([feedback.is_good, feedback.may_train, feedback.correction is not None])
    correction = keccak256((feedback.correction or "").encode())
    time = feedback.given_at.to_bytes(8, "big")
    return Statement(_WORD + place + feedback.receipt + said + correction + time)


def signer_of(domain: Domain, signed: SignedFeedback) -> Address:
    return address(recover(feedback_statement(domain, signed.feedback).digest, signed.signature))


def to_json(signed: SignedFeedback) -> dict[str, Any]:
    said = signed.feedback
    return {
        "receipt": "0x" + said.receipt.hex(),
        "is_good": said.is_good,
        "may_train": said.may_train,
        "correction": said.correction,
        "given_at": said.given_at,
        "signature": "0x" + signed.signature.hex(),
    }


def from_json(body: Mapping[str, Any]) -> SignedFeedback:
    """InvalidInput for anything but what `to_json` writes."""
    try:
        receipt, signature = (bytes.fromhex(str(body[name])[2:]) for name in ("receipt", "signature"))
        flags = (body["is_good"], body["may_train"])
        correction, given_at = body["correction"], body["given_at"]
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(f"The feedback cannot be read: {error!r}.", "See docs/monitors.md.") from error
    fits = len(receipt) == 32 and all(isinstance(f, bool) for f in flags)
    fits = fits and (correction is None or isinstance(correction, str))
    if not fits or not isinstance(given_at, int) or not 0 < given_at < 1 << 63:
        raise InvalidInput("The feedback has fields of other types.", "See docs/monitors.md.")
    return SignedFeedback(Feedback(Hash(receipt), *flags, correction, given_at), signature)
