"""One process per folder: a lock file with the holder's pid. Knows nothing of what it guards."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from tallystick.errors import Conflict, Unavailable


class LockFile:
    """Held from construction to `close()`; the kernel lets go of it however the process dies."""

    def __init__(self, path: Path, *, what: str) -> None:
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Unavailable(
                f"{what} cannot be locked: {error.strerror} ({path}).",
                "Check the disk and who owns the folder.",
            ) from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._handle, 20, 0).decode(errors="replace").strip() or "unknown"
            os.close(self._handle)
            raise Conflict(
                f"{what} is already in use by process {holder} ({path}).",
                "Stop that process, or give this one a folder of its own.",
            ) from error
        with suppress(OSError):  # the lock holds on a full disk, too; only who holds it is not told
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)

    def close(self) -> None:
        """Let go; the file stays, because removing it would race with the next holder."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> "LockFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
