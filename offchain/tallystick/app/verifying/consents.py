"""A payer's consent that a receipt may be planted: given, told in JSON, and checked."""

from collections.abc import Mapping
from typing import Any

from tallystick.commitments.signatures import recover
from tallystick.domain.ids import Address, Hash, address
from tallystick.errors import InvalidInput
from tallystick.ports import Chain, Signer
from tallystick.ports.auditing.canaries import Canaries, Consent

DAY_S = 86_400


def give(chain: Chain, signer: Signer, receipt: Hash, *, lasting_s: int) -> Consent:
    """Signed with the payer's own key; a session's would not count."""
    expires_at = chain.now() + lasting_s
    statement = chain.canaries.consent_statement(receipt, expires_at)
    return Consent(receipt, expires_at, signer.sign(statement))


def signer_of(canaries: Canaries, consent: Consent) -> Address:
    statement = canaries.consent_statement(consent.receipt, consent.expires_at)
    return address(recover(statement.digest, consent.signature))


def to_json(consent: Consent) -> dict[str, Any]:
    return {
        "receipt": "0x" + consent.receipt.hex(),
        "expires_at": consent.expires_at,
        "consent": "0x" + consent.signature.hex(),
    }


def from_json(body: Mapping[str, Any]) -> Consent:
    """InvalidInput for anything but what `to_json` writes."""
    try:
        receipt, signature = (bytes.fromhex(str(body[name])[2:]) for name in ("receipt", "consent"))
        expires_at = body["expires_at"]
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(f"This is no consent: {error!r}.", "See docs/node/verifying.md.") from error
    if (
        len(receipt) != 32
        or len(signature) != 65
        or type(expires_at) is not int
        or not 0 < expires_at < 1 << 64
    ):
        raise InvalidInput("A consent has fields of other types.", "See docs/node/verifying.md.")
    return Consent(Hash(receipt), expires_at, signature)
