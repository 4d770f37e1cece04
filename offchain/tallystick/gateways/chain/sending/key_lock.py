"""One signer of a key at a time on this machine, whatever home or program it comes from."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from tallystick.errors import NotAuthorised, Unavailable


@contextmanager
def key_lock(folder: Path, name: str, *, timeout_s: float) -> Iterator[None]:
    """Waits for its turn; Unavailable when that does not come. The kernel lets go of it when the process dies."""
    try:
        handle = _opened(folder, name)
    except OSError as error:
        raise Unavailable(
            f"No lock for key {name} in {folder}: {error.strerror}.", "Nothing was signed: check that disk."
        ) from error
    try:
        deadline = monotonic() + timeout_s
        while not _taken(handle):
            if monotonic() > deadline:
                raise Unavailable(
                    f"Another program is sending with key {name} for {timeout_s:g} s.",
                    "Stop it, or wait until it is done.",
                )
            sleep(0.02)
        yield
    finally:
        os.close(handle)


def _opened(folder: Path, name: str) -> int:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.stat().st_uid != os.getuid():
        raise NotAuthorised(f"{folder} belongs to another user.", "Remove it: it is this user's by its name.")
    return os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
