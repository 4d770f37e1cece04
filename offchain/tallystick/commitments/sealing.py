"""Bytes sealed under a content key: ChaCha20-Poly1305 in chunks, so that a cut, swapped or changed one is noticed.

The nonce comes from key and plaintext: the same content under the same key gives the same bytes, and no nonce serves
two contents.
"""

import hmac
from collections.abc import Iterator
from typing import Final

from Crypto.Cipher import ChaCha20_Poly1305
from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF

from tallystick.errors import IntegrityMismatch, InvalidInput, NotAuthorised

MAGIC: Final = b"tallystick-seal1"
MANIFEST_ROLE: Final = b"manifest"
RECORDS_ROLE: Final = b"records"
KEY_BYTES: Final = 32
CHUNK: Final = 64 * 2**10
_NONCE, _TAG = 32, 16
_HEADER = len(MAGIC) + _NONCE


def is_sealed(data: bytes) -> bool:
    return data.startswith(MAGIC)


def seal(content_key: bytes, role: bytes, plaintext: bytes) -> bytes:
    """`role` says what the bytes are; they open under the same one alone."""
    nonce = hmac.digest(_derived(content_key, b"", b"nonce:" + role), plaintext, "sha256")
    key = _derived(content_key, nonce, b"chunks:" + role)
    pieces = [plaintext[at : at + CHUNK] for at in range(0, len(plaintext), CHUNK)] or [b""]
    sealed = (_seal_chunk(key, i, i == len(pieces) - 1, piece) for i, piece in enumerate(pieces))
    return b"".join((MAGIC, nonce, *sealed))


def open_sealed(content_key: bytes, role: bytes, data: bytes) -> bytes:
    """NotAuthorised for another key or role; IntegrityMismatch for bytes that were changed, cut off or moved."""
    if not is_sealed(data) or len(data) < _HEADER + _TAG:
        raise IntegrityMismatch("These are no sealed bytes, or their head is cut off.", "Fetch them again.")
    nonce = data[len(MAGIC) : _HEADER]
    return b"".join(_opened(_derived(content_key, nonce, b"chunks:" + role), data))


def _opened(key: bytes, data: bytes) -> Iterator[bytes]:
    size, body = CHUNK + _TAG, len(data) - _HEADER
    count = -(-body // size)
    for i in range(count):
        piece = data[_HEADER + i * size : _HEADER + (i + 1) * size]
        try:
            yield _open_chunk(key, i, i == count - 1, piece)
        except ValueError as error:
            if i == 0:
                raise NotAuthorised(
                    "The content key does not open these bytes.",
                    "It is another data set's, or the bytes were changed: ask the owner for its key.",
                ) from error
            raise IntegrityMismatch(
                f"Sealed bytes are damaged, cut off or moved from chunk {i} on.", "Fetch them again."
            ) from error


def _seal_chunk(key: bytes, index: int, is_last: bool, piece: bytes) -> bytes:
    sealed, tag = _cipher(key, index, is_last).encrypt_and_digest(piece)
    return bytes(sealed + tag)


def _open_chunk(key: bytes, index: int, is_last: bool, piece: bytes) -> bytes:
    if len(piece) < _TAG:
        raise ValueError("a chunk without its tag")
    return bytes(_cipher(key, index, is_last).decrypt_and_verify(piece[:-_TAG], piece[-_TAG:]))


def _cipher(key: bytes, index: int, is_last: bool) -> ChaCha20_Poly1305.ChaCha20Poly1305Cipher:
    return ChaCha20_Poly1305.new(key=key, nonce=index.to_bytes(11, "big") + bytes([is_last]))


def _derived(content_key: bytes, salt: bytes, info: bytes) -> bytes:
    if len(content_key) != KEY_BYTES:
        raise InvalidInput(f"A content key has {KEY_BYTES} bytes, not {len(content_key)}.")
    made = HKDF(content_key, 32, salt, SHA256, context=MAGIC + info)
    return bytes(made if isinstance(made, bytes) else b"".join(made))
