"""Sign-In with Ethereum (ERC-4361): the message that a wallet is shown, and who signed it.

Contract wallets (ERC-1271) take no part, as with vouchers.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from tallystick.commitments.keccak import keccak256
from tallystick.commitments.signatures import recover
from tallystick.domain.ids import Address
from tallystick.errors import InvalidInput, NotAuthorised

STATEMENT = "Sign in to the Tallystick studio. This costs nothing and moves no money."


@dataclass(frozen=True, slots=True)
class Challenge:
    """One message for one sign-in; `domain` is host and port as the browser shows them. Times in Unix seconds."""

    domain: str
    uri: str
    address: Address
    chain_id: int
    nonce: str
    issued_at: int
    expires_at: int

    @property
    def message(self) -> str:
        """In the grammar of ERC-4361, with the address in the mixed case of ERC-55 that it asks for."""
        return (
            f"{self.domain} wants you to sign in with your Ethereum account:\n"
            f"{checksummed(self.address)}\n\n"
            f"{STATEMENT}\n\n"
            f"URI: {self.uri}\n"
            "Version: 1\n"
            f"Chain ID: {self.chain_id}\n"
            f"Nonce: {self.nonce}\n"
            f"Issued At: {_moment(self.issued_at)}\n"
            f"Expiration Time: {_moment(self.expires_at)}"
        )

    def check(self, signature: str, now: int) -> None:
        """NotAuthorised where somebody else signed, or too late."""
        if now >= self.expires_at:
            raise NotAuthorised("That sign-in took too long.", "Sign in again.")
        if signer_of(self.message, signature) != self.address:
            raise NotAuthorised(
                f"The signature is not that of {self.address}.", "Choose that account in the wallet."
            )


def signer_of(message: str, signature: str) -> str:
    """Lower-case address of who signed a text by `personal_sign` (ERC-191); wallets end a signature in 0, 1, 27 or 28."""
    try:
        raw = bytes.fromhex(signature.removeprefix("0x"))
    except ValueError as error:
        raise InvalidInput("A signature is hexadecimal.", "Sign in again.") from error
    if len(raw) == 65 and raw[64] < 2:
        raw = raw[:64] + bytes([raw[64] + 27])
    text = message.encode("utf-8")
    return recover(keccak256(b"\x19Ethereum Signed Message:\n%d" % len(text) + text), raw)


def checksummed(address: Address) -> str:
    """The mixed case of ERC-55."""
    low = address[2:]
    marks = keccak256(low.encode()).hex()
    return "0x" + "".join(c.upper() if int(m, 16) > 7 else c for c, m in zip(low, marks, strict=False))


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
