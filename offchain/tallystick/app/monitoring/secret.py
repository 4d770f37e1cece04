"""The key of this node's hashes, made once and readable by its owner alone."""

import os
import secrets
from pathlib import Path

from tallystick.errors import IntegrityViolation

SIZE = 32


def hashing_key(home: Path) -> bytes:
    """With another key old and new traffic cannot be compared, so it is never made anew in silence."""
    path = home / "monitoring.key"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(SIZE))
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        pass
    key = path.read_bytes()
    if len(key) != SIZE:
        raise IntegrityViolation(
            f"{path} has {len(key)} bytes in place of {SIZE}.",
            "Restore it from a copy, or remove it and let every model collect a new reference.",
        )
    return key
