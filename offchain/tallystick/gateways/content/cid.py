"""The CID of bytes, computed without trusting any node: UnixFS in dag-pb, CIDv0, 256 KiB chunks, 174 links.

Same result as Kubo with chunker size-262144, cid-version 0, raw-leaves false; other settings give other CIDs.
"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tallystick.domain.ids import Hash
from tallystick.errors import InvalidInput

CHUNK: Final = 262_144
WIDTH: Final = 174
_MULTIHASH: Final = b"\x12\x20"  # sha2-256, 32 bytes
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

# (multihash, bytes of content beneath, bytes of blocks beneath)
_Branch = tuple[bytes, int, int]


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _field(key: int, body: bytes) -> bytes:
    return _varint(key << 3 | 2) + _varint(len(body)) + body


def _unixfs(data: bytes, size: int, block_sizes: Iterable[int] = ()) -> bytes:
    content = _field(2, data) if data else b""
    return (
        b"\x08\x02" + content + b"\x18" + _varint(size) + b"".join(b"\x20" + _varint(s) for s in block_sizes)
    )


def _leaf(data: bytes) -> _Branch:
    block = _field(1, _unixfs(data, len(data)))
    return _MULTIHASH + hashlib.sha256(block).digest(), len(data), len(block)


def _branch(children: list[_Branch]) -> _Branch:
    size = sum(c[1] for c in children)
    # dag-pb wants the links (field 2) in front of the data (field 1).
    links = b"".join(
        _field(2, _field(1, mh) + _field(2, b"") + b"\x18" + _varint(total)) for mh, _, total in children
    )
    block = links + _field(1, _unixfs(b"", size, [c[1] for c in children]))
    return _MULTIHASH + hashlib.sha256(block).digest(), size, len(block) + sum(c[2] for c in children)


class ContentHasher:
    """Takes bytes in pieces of any size; holds one chunk and about 60 bytes for each 256 KiB seen."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._leaves: list[_Branch] = []

    def update(self, data: bytes) -> None:
        self._pending += data
        while len(self._pending) >= CHUNK:
            self._leaves.append(_leaf(bytes(self._pending[:CHUNK])))
            del self._pending[:CHUNK]

    def digest(self) -> Hash:
        level = list(self._leaves)
        if self._pending or not level:
            level.append(_leaf(bytes(self._pending)))
        while len(level) > 1:
            level = [_branch(level[i : i + WIDTH]) for i in range(0, len(level), WIDTH)]
        return Hash(level[0][0][2:])


def digest_of_pieces(pieces: Iterable[bytes]) -> Hash:
    hasher = ContentHasher()
    for piece in pieces:
        hasher.update(piece)
    return hasher.digest()


def digest_of(data: bytes) -> Hash:
    """The on-chain form of the CID of `data`: its 32-byte sha2-256."""
    return digest_of_pieces(data[i : i + CHUNK] for i in range(0, len(data), CHUNK))


def digest_of_file(path: Path) -> Hash:
    return digest_of_pieces(read_pieces(path))


def read_pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(CHUNK), b"")


def to_cid(digest: bytes) -> str:
    """CIDv0 text of a 32-byte digest."""
    if len(digest) != 32:
        raise InvalidInput(
            f"A content digest has 32 bytes, not {len(digest)}.", "Give the digest from the chain."
        )
    number, text = int.from_bytes(_MULTIHASH + digest, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = _BASE58[rest] + text
    return text


def from_cid(cid: str) -> Hash:
    """The 32-byte digest of a CIDv0; any other CID is refused, because it would name other bytes."""
    text = cid.removeprefix("/ipfs/")
    if len(text) != 46 or not text.startswith("Qm") or any(c not in _BASE58 for c in text):
        raise InvalidInput(
            f"{cid[:80]!r} is not a CIDv0.",
            "Add the content with --cid-version=0 --raw-leaves=false and use that CID.",
        )
    number = 0
    for character in text:
        number = number * 58 + _BASE58.index(character)
    body = number.to_bytes(35, "big")
    if body[:3] != b"\0" + _MULTIHASH:
        raise InvalidInput(f"{text!r} is not a sha2-256 CIDv0.", "Check the CID for typing errors.")
    return Hash(body[3:])
