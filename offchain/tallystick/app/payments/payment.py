"""A payment as it comes in, and the errors that refuse one."""

from dataclasses import dataclass

from tallystick.domain.ids import Address
from tallystick.domain.usage import Transfer
from tallystick.errors import InsufficientFunds

_EXACT = "invalid_exact_evm_payload"


@dataclass(frozen=True, slots=True)
class Payment:
    """A signed transfer with the network and token that its payer says it is for; `network` as CAIP-2 names it."""

    network: str
    asset: Address
    transfer: Transfer
    signature: bytes


class PaymentRefused(InsufficientFunds):
    """A payment that buys nothing here; `code` is x402's reason."""

    code = "invalid_payload"


class WrongNetwork(PaymentRefused):
    code = "network_mismatch"


class WrongToken(PaymentRefused):
    code = "invalid_payment_requirements"


class WrongRecipient(PaymentRefused):
    code = f"{_EXACT}_recipient_mismatch"


class BadSignature(PaymentRefused):
    code = f"{_EXACT}_signature"


class Underpaid(PaymentRefused):
    code = f"{_EXACT}_authorization_value"


class NotYetValid(PaymentRefused):
    code = f"{_EXACT}_authorization_valid_after"


class Expired(PaymentRefused):
    code = f"{_EXACT}_authorization_valid_before"


class AlreadyUsed(PaymentRefused):
    code = "invalid_exact_evm_nonce_already_used"


class TooPoor(PaymentRefused):
    code = "invalid_exact_evm_insufficient_balance"


class NotSettled(PaymentRefused):
    code = "transaction_failed"
