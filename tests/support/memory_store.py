"""Content in memory."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from tallystick.domain.ids import Hash
from tallystick.errors import NotFound


@dataclass
class MemoryStore:
    """Content by digest. It checks nothing on the way out, so that the node itself must."""

    held: dict[Hash, bytes] = field(default_factory=dict)
    pinned: set[Hash] = field(default_factory=set)

    def pin(self, digest: Hash) -> None:
        self.pinned.add(digest)

    def add(self, data: bytes) -> Hash:
        digest = Hash(hashlib.sha256(data).digest())
        self.held[digest] = data
        return digest

    def add_file(self, path: Path) -> Hash:
        return self.add(path.read_bytes())

    def get(self, digest: Hash, max_bytes: int = 1 << 26) -> bytes:
        if digest not in self.held:
            raise NotFound("There is no such content.", "Ask another node.")
        return self.held[digest]

    def get_file(self, digest: Hash, target: Path, max_bytes: int = 1 << 26) -> None:
        target.write_bytes(self.get(digest, max_bytes))
