"""Files that are whole and on the disk, name and all, or not there: after a power cut, too."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def write_new(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """FileExistsError when the name is taken; any OSError leaves nothing behind. The folder is made, for its owner."""
    is_new = not path.parent.exists()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(handle)
        os.link(part, path)
    finally:
        with suppress(OSError):
            part.unlink()
    sync_folder(path.parent)
    if is_new:
        sync_folder(path.parent.parent)


def sync_folder(folder: Path) -> None:
    """What was made, moved and removed in it stays so."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
