"""A lying disk for a test: mounted where it is used, and what it can be told. Needs root, /dev/fuse and libfuse3."""

import ctypes.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from bench.chaotic.lying.disk import TRIPWIRE


def missing() -> str:
    """Why no disk can be mounted here; empty when one can."""
    if os.geteuid() != 0:
        return "only root may mount"
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "/dev/fuse cannot be used"
    if ctypes.util.find_library("fuse3") is None:
        return "libfuse3 is missing: install Debian's fuse3"
    return ""


class LyingDisk:
    """Mounted at `folder` while the context lasts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        self._server = subprocess.Popen(
            [sys.executable, "-m", "bench.chaotic.lying.server", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self._wait()

    def lose_power(self, seed: int) -> None:
        """The same seed loses the same of the same changes. Kill first who uses it."""
        self._tell({"lose": seed})

    def go_deaf(self) -> None:
        """From now on it only says that it syncs."""
        self._tell({"deaf": True})

    def fail(self, error: str, *, after: int = 0) -> None:
        """`EIO` or `ENOSPC`, from so many changes on until it is healed."""
        self._tell({"fail": error, "after": after})

    def set_tripwire(self, error: str) -> Path:
        """The file that, once it is touched, lets everything fail so until the disk is healed."""
        self._tell({"tripwire": error})
        return self.folder / TRIPWIRE

    def heal(self) -> None:
        self._tell({"heal": 1})

    def counts(self) -> dict[str, int]:
        return self._tell({})

    def close(self) -> None:
        subprocess.run(["umount", "-l", str(self.folder)], check=False, stderr=subprocess.DEVNULL)
        self._server.kill()  # it may wait for a file that somebody still holds open
        self._server.communicate()

    def _tell(self, order: dict[str, object]) -> dict[str, int]:
        assert self._server.stdin and self._server.stdout
        self._server.stdin.write(json.dumps(order) + "\n")
        self._server.stdin.flush()
        told: dict[str, int] = json.loads(self._server.stdout.readline())
        return told

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while not os.path.ismount(self.folder):
            if self._server.poll() is not None or time.monotonic() > deadline:
                self._server.kill()
                raise RuntimeError(f"the lying disk was not mounted: {missing() or 'see its words above'}")
            time.sleep(0.02)

    def __enter__(self) -> "LyingDisk":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
