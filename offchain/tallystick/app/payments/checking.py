"""What a payment must be: signed by its payer, to this operator's inbox, of enough OPEN, in time, and unused."""

from tallystick.app.payments.payment import (
    AlreadyUsed,
    BadSignature,
    Expired,
    NotYetValid,
    Payment,
    TooPoor,
    Underpaid,
    WrongNetwork,
    WrongRecipient,
    WrongToken,
)
from tallystick.commitments.signatures import recover
from tallystick.domain.digests import payment_lane, transfer_digest
from tallystick.domain.ids import Address
from tallystick.domain.usage import Transfer
from tallystick.errors import InvalidInput
from tallystick.ports import Chain

# A transfer that ends sooner may not be mined in time.
MARGIN_S = 20
_MOST = 2**96


def network_of(chain: Chain) -> str:
    """As CAIP-2 names it."""
    return f"eip155:{chain.chain_id}"


class Checks:
    """For one operator. What never changes is checked apart from what a moment decides: a retry needs the first only."""

    def __init__(self, chain: Chain, operator: Address) -> None:
        self._chain, self._operator = chain, operator

    def check_signed(self, payment: Payment) -> None:
        """Network, token, recipient and signature. A payer is an account with a key: contract wallets are refused."""
        transfer, token = payment.transfer, self._chain.payments.token()
        here = network_of(self._chain)
        if payment.network != here:
            raise WrongNetwork(f"The payment is for {payment.network!r}.", f"Pay on {here}.")
        if payment.asset != token.address:
            raise WrongToken(
                f"The payment is in the token {payment.asset}.", f"Pay in {token.name}, {token.address}."
            )
        inbox = self._chain.payments.inbox_of(self._operator)
        if transfer.to != inbox:
            raise WrongRecipient(f"The payment goes to {transfer.to}.", f"Pay to {inbox}.")
        try:
            signer = recover(transfer_digest(token.separator, transfer), payment.signature)
        except InvalidInput as error:
            raise BadSignature(
                f"The payment's signature is none: {error.message}", "Sign it anew."
            ) from error
        if signer != transfer.payer:
            raise BadSignature(
                f"{transfer.payer} did not sign this payment.", "Sign it with the payer's key."
            )

    def check_value(self, transfer: Transfer, max_fee: int) -> None:
        if not max(max_fee, 1) <= transfer.value < _MOST:
            raise Underpaid(
                f"The payment is of {transfer.value} base units; the answer may cost {max_fee}.",
                "Pay the amount that was asked; what is not used comes back.",
            )

    def check_open(self, transfer: Transfer) -> None:
        """That it can be settled now: in its time and unused, or executed already and not yet spent."""
        payments, lane = self._chain.payments, payment_lane(transfer.nonce)
        word = payments.word_of(transfer.payer, self._operator, lane)
        if word.status == "open" and word.value == transfer.value and payments.is_executed(transfer):
            return
        if word.status != "none":
            raise AlreadyUsed("This payment is spent or was given back.", "Sign one with a fresh nonce.")
        if payments.is_used(transfer.payer, transfer.nonce):
            if payments.is_executed(transfer):
                return
            raise AlreadyUsed(
                "The payment's nonce was used for another transfer.", "Sign one with a fresh nonce."
            )
        self._check_time(transfer)
        if payments.balance_of(transfer.payer) < transfer.value:
            raise TooPoor(
                f"{transfer.payer} does not have {transfer.value} base units of OPEN.", "Fund it first."
            )

    def _check_time(self, transfer: Transfer) -> None:
        now = self._chain.now()
        if now <= transfer.valid_after:
            raise NotYetValid("The payment is not valid yet.", f"Come again after {transfer.valid_after}.")
        if now + MARGIN_S >= transfer.valid_before:
            raise Expired("The payment is over, or about to be.", "Sign one that is valid for some minutes.")
