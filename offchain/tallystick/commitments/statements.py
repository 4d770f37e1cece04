"""What is signed, in a form that its signer can read: a bare digest would hide it."""

from dataclasses import dataclass

from tallystick.commitments.keccak import keccak256

EIP712_PREFIX = b"\x19\x01"


@dataclass(frozen=True, slots=True)
class Statement:
    """`said` is what is hashed; for EIP-712 `struct` is the encoded struct whose hash stands at the end of `said`."""

    said: bytes
    struct: bytes = b""

    @property
    def digest(self) -> bytes:
        """32 bytes, Keccak-256."""
        return keccak256(self.said)


def typed(domain: bytes, struct: bytes) -> Statement:
    """EIP-712: `domain` is the separator, `struct` the type hash and the members, 32 bytes each."""
    return Statement(EIP712_PREFIX + domain + keccak256(struct), struct)
