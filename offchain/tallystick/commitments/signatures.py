"""ECDSA over 32-byte digests, `r ‖ s ‖ v` with low s. Contract wallets take no part: they authorise a key."""

from coincurve import PrivateKey, PublicKey

from tallystick.commitments.keccak import keccak256
from tallystick.errors import InvalidInput

_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


def sign(digest: bytes, private_key: bytes) -> bytes:
    """65 bytes."""
    raw: bytes = PrivateKey(private_key).sign_recoverable(digest, hasher=None)
    return raw[:64] + bytes([raw[64] + 27])


def recover(digest: bytes, signature: bytes) -> str:
    """Lower-case address of the signer; `InvalidInput` for anything that the contracts would refuse."""
    if len(signature) != 65 or signature[64] not in (27, 28):
        raise InvalidInput("A signature must be 65 bytes ending in 27 or 28.")
    if int.from_bytes(signature[32:64], "big") > _HALF_ORDER:
        raise InvalidInput("The signature's s is in the upper half: it is a malleated copy.")
    try:
        raw = signature[:64] + bytes([signature[64] - 27])
        key = PublicKey.from_signature_and_message(raw, digest, hasher=None)
    except Exception as error:  # coincurve raises bare Exception for an impossible signature
        raise InvalidInput("The signature belongs to no key.") from error
    return "0x" + keccak256(key.format(compressed=False)[1:])[12:].hex()


def address_of(private_key: bytes) -> str:
    public = PrivateKey(private_key).public_key.format(compressed=False)
    return "0x" + keccak256(public[1:])[12:].hex()
