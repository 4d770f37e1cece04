"""JSON shapes of x402 version 2, and the base64 in which headers carry them."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from tallystick.app.payments.desk import PaymentTerms
from tallystick.app.payments.payment import Payment, PaymentRefused
from tallystick.commitments.canonical import canonical_json
from tallystick.domain.ids import Hash, address
from tallystick.domain.usage import Transfer
from tallystick.errors import InvalidInput
from tallystick.interfaces.web.reading import parsed

VERSION, SCHEME = 2, "exact"
SIGNATURE_HEADER, REQUIRED_HEADER, RESPONSE_HEADER = (
    "payment-signature",
    "payment-required",
    "payment-response",
)


class WrongVersion(PaymentRefused):
    code = "invalid_x402_version"


class WrongScheme(PaymentRefused):
    code = "unsupported_scheme"


class Malformed(PaymentRefused):
    """The payload cannot be read."""


def requirements(terms: PaymentTerms, amount: int) -> dict[str, Any]:
    """PaymentRequirements. What the answer does not cost of `amount` goes back to the payer."""
    return {
        "scheme": SCHEME,
        "network": terms.network,
        "asset": terms.asset,
        "amount": str(amount),
        "payTo": terms.pay_to,
        "maxTimeoutSeconds": terms.timeout_s,
        "extra": {"name": terms.name, "version": terms.version},
    }


def required(terms: PaymentTerms, amount: int, url: str, error: str) -> dict[str, Any]:
    """PaymentRequired."""
    return {
        "x402Version": VERSION,
        "error": error,
        "resource": {"url": url, "description": "One answer.", "mimeType": "application/json"},
        "accepts": [requirements(terms, amount)],
    }


def settled(payment: Payment, tx_hash: Hash | None) -> dict[str, Any]:
    """SettleResponse of a payment that was taken; no transaction where its credit is not found any more."""
    return {
        "success": True,
        "payer": payment.transfer.payer,
        "transaction": "0x" + tx_hash.hex() if tx_hash else "",
        "network": payment.network,
        "amount": str(payment.transfer.value),
    }


def unsettled(error: PaymentRefused, payer: str, network: str) -> dict[str, Any]:
    return {
        "success": False,
        "errorReason": error.code,
        "errorMessage": str(error),
        "payer": payer,
        "transaction": "",
        "network": network,
    }


def encoded(body: Mapping[str, Any]) -> str:
    return base64.b64encode(canonical_json(dict(body))).decode()


def payment_from_header(header: str) -> Payment:
    """The payment in PAYMENT-SIGNATURE; `PaymentRefused` by kind for anything else."""
    try:
        body = parsed(base64.b64decode(header, validate=True))
    except (binascii.Error, ValueError, InvalidInput) as error:
        raise Malformed("The header PAYMENT-SIGNATURE is not JSON in base64.") from error
    return payment_of(body)


def payment_of(body: object) -> Payment:
    """A PaymentPayload of the scheme `exact` with an ERC-3009 authorisation."""
    told = _object(body, "The payload")
    if told.get("x402Version") != VERSION:
        raise WrongVersion(f"x402 version {told.get('x402Version')!r} is not spoken here.", "Use version 2.")
    accepted, inner = _object(told.get("accepted"), "`accepted`"), _object(told.get("payload"), "`payload`")
    check_scheme(accepted)
    terms = _object(inner.get("authorization"), "`payload.authorization`: sign by ERC-3009; it")
    transfer = Transfer(
        payer=_account(terms, "from"),
        to=_account(terms, "to"),
        value=_number(terms, "value"),
        valid_after=_number(terms, "validAfter"),
        valid_before=_number(terms, "validBefore"),
        nonce=_bytes(terms, "nonce", 32),
    )
    network = str(accepted.get("network"))
    return Payment(network, _account(accepted, "asset"), transfer, _bytes(inner, "signature", 65))


def check_scheme(body: Mapping[str, Any]) -> None:
    if body.get("scheme") != SCHEME:
        raise WrongScheme(f"The scheme {body.get('scheme')!r} is not supported.", "Pay by `exact`.")


def amount_of(body: object, terms: PaymentTerms) -> int:
    """What PaymentRequirements ask; refused where they are not those of this operator."""
    told = _object(body, "`paymentRequirements`")
    check_scheme(told)
    amount = _number(told, "amount")
    wanted = requirements(terms, amount)
    for field in ("network", "asset", "payTo"):
        if str(told.get(field)).lower() != wanted[field]:
            raise Malformed(f"`paymentRequirements.{field}` is not this operator's {wanted[field]}.")
    return amount


def _object(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Malformed(f"{name} must be an object.")
    return value


def _account(body: Mapping[str, Any], name: str) -> Any:
    try:
        return address(str(body.get(name)))
    except ValueError as error:
        raise Malformed(f"`{name}` is not an address.") from error


def _number(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    if not isinstance(value, str) or not re.fullmatch("[0-9]{1,78}", value) or int(value) >= 2**256:
        raise Malformed(f"`{name}` must be a whole number of 256 bits as decimal text.")
    return int(value)


def _bytes(body: Mapping[str, Any], name: str, size: int) -> bytes:
    value = body.get(name)
    if not isinstance(value, str) or not re.fullmatch(f"0x[0-9a-fA-F]{{{2 * size}}}", value):
        raise Malformed(f"`{name}` must be {size} bytes as 0x hex.")
    return bytes.fromhex(value[2:])
