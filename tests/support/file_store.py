"""Content by digest in a folder, which outlives the process that added it."""

import hashlib
from pathlib import Path

from tallystick.domain.ids import Hash
from tallystick.errors import NotFound


class FileStore:
    """It checks nothing on the way out."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def add(self, data: bytes) -> Hash:
        digest = hashlib.sha256(data).digest()
        (self._folder / digest.hex()).write_bytes(data)
        return Hash(digest)

    def add_file(self, path: Path) -> Hash:
        return self.add(path.read_bytes())

    def get(self, digest: Hash, max_bytes: int = 1 << 26) -> bytes:
        try:
            return (self._folder / digest.hex()).read_bytes()
        except FileNotFoundError as error:
            raise NotFound("There is no such content.", "Ask another node.") from error
