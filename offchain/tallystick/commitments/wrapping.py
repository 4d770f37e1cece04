"""A content key wrapped to one reader: HPKE of RFC 9180, X25519, HKDF-SHA256, ChaCha20-Poly1305, base mode."""

from typing import Final

from Crypto.Hash import SHA256
from Crypto.Protocol import HPKE
from Crypto.Protocol.DH import import_x25519_private_key, import_x25519_public_key
from Crypto.Protocol.KDF import HKDF

from tallystick.errors import InvalidInput, NotAuthorised

PUBLIC_BYTES: Final = 32
WRAPPED_BYTES: Final = 80
_INFO: Final = b"tallystick key grant 1"
_READER: Final = b"tallystick reader key 1"


def reader_secret(signing_key: bytes) -> bytes:
    """The private part of a reader's key: out of its signing key, so that one backup keeps both."""
    made = HKDF(signing_key, 32, b"", SHA256, context=_READER)
    return bytes(made if isinstance(made, bytes) else b"".join(made))


def public_part(secret: bytes) -> bytes:
    """32 bytes that others wrap to."""
    return bytes(import_x25519_private_key(secret).public_key().export_key(format="raw"))


def wrap(public: bytes, content_key: bytes, bound_to: bytes) -> bytes:
    """`enc[32] ‖ ciphertext[48]`; opens under the same `bound_to` alone. Each time other bytes."""
    try:
        receiver = import_x25519_public_key(public)
        cipher = HPKE.new(receiver_key=receiver, aead_id=HPKE.AEAD.CHACHA20_POLY1305, info=_INFO)
        return bytes(cipher.enc + cipher.seal(content_key, bound_to))
    except ValueError as error:
        raise InvalidInput(f"This is no reader's key: {error}.", "Ask the reader for it again.") from error


def unwrap(secret: bytes, wrapped: bytes, bound_to: bytes) -> bytes:
    """NotAuthorised where it was wrapped to another key or for something else."""
    try:
        cipher = HPKE.new(
            receiver_key=import_x25519_private_key(secret),
            aead_id=HPKE.AEAD.CHACHA20_POLY1305,
            info=_INFO,
            enc=wrapped[:PUBLIC_BYTES],
        )
        return bytes(cipher.unseal(wrapped[PUBLIC_BYTES:], bound_to))
    except ValueError as error:
        raise NotAuthorised(
            "This key grant was not wrapped to our key, or was changed.", "Ask the owner for another one."
        ) from error
