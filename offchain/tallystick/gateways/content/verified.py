"""The content store that the node uses: what comes back is recomputed to its digest before anyone sees it."""

import os
from pathlib import Path
from typing import Final

from tallystick.domain.ids import Hash
from tallystick.errors import IntegrityMismatch, InvalidInput
from tallystick.gateways.content.cid import ContentHasher, digest_of, digest_of_file, from_cid, to_cid
from tallystick.gateways.content.kubo import Kubo

MAX_BYTES: Final = 64 << 20


class VerifiedContent:
    """Bytes by their 32-byte digest; satisfies `ports.ContentStore`."""

    def __init__(self, kubo: Kubo) -> None:
        self._kubo = kubo

    def add(self, data: bytes) -> Hash:
        """Store and pin; IntegrityMismatch when the endpoint stored it under another CID."""
        return self._agreed(digest_of(data), self._kubo.add(data))

    def add_file(self, path: Path) -> Hash:
        return self._agreed(digest_of_file(path), self._kubo.add_file(path))

    def get(self, digest: Hash, max_bytes: int = MAX_BYTES) -> bytes:
        """The bytes of `digest`, at most `max_bytes` of them held at any time."""
        received, hasher = bytearray(), ContentHasher()
        for piece in self._kubo.cat(to_cid(digest)):
            received += piece
            hasher.update(piece)
            _check_size(len(received), max_bytes)
        _check_digest(hasher.digest(), digest)
        return bytes(received)

    def get_file(self, digest: Hash, target: Path, max_bytes: int = MAX_BYTES) -> None:
        """Like `get`, into a file that appears only when it is whole and right."""
        partial = target.with_name(target.name + ".partial")
        hasher, size = ContentHasher(), 0
        try:
            with partial.open("wb") as file:
                for piece in self._kubo.cat(to_cid(digest)):
                    size += len(piece)
                    _check_size(size, max_bytes)
                    hasher.update(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            _check_digest(hasher.digest(), digest)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    def pin(self, digest: Hash) -> None:
        self._kubo.pin(to_cid(digest))

    def unpin(self, digest: Hash) -> None:
        self._kubo.unpin(to_cid(digest))

    def is_pinned(self, digest: Hash) -> bool:
        return self._kubo.is_pinned(to_cid(digest))

    def version(self) -> str:
        """What the endpoint calls itself; Unavailable when nobody answers."""
        return self._kubo.version()

    def _agreed(self, ours: Hash, theirs: str) -> Hash:
        if from_cid(theirs) != ours:
            raise IntegrityMismatch(
                f"The content node stored {to_cid(ours)} as {theirs}.",
                "Use a node that honours cid-version 0, raw-leaves false and chunker size-262144.",
            )
        return ours


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise InvalidInput(
            f"The content is above the limit of {max_bytes} bytes.", "Raise the limit if you expected it."
        )


def _check_digest(found: Hash, wanted: Hash) -> None:
    if found != wanted:
        raise IntegrityMismatch(
            f"What came for {to_cid(wanted)} hashes to {to_cid(found)}.",
            "The serving node is faulty or lies: nothing was kept. Fetch from another node.",
        )
