import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tallystick.errors import Conflict, Unavailable
from tallystick.gateways.lockfile import LockFile

HOLD = "import sys,time; from pathlib import Path; from tallystick.gateways.lockfile import LockFile\n"
HOLD += "LockFile(Path(sys.argv[1]), what='x'); print('held', flush=True); time.sleep(60)"


def test_lock_when_held_names_the_holder(tmp_path: Path) -> None:
    with (
        LockFile(tmp_path / "lock", what="The ledger"),
        pytest.raises(Conflict, match=f"process {os.getpid()}"),
    ):
        LockFile(tmp_path / "lock", what="The ledger")


def test_lock_when_closed_is_free_again(tmp_path: Path) -> None:
    LockFile(tmp_path / "lock", what="The ledger").close()

    LockFile(tmp_path / "lock", what="The ledger").close()


def test_lock_when_holder_is_killed_is_free_again(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "lock")], stdout=subprocess.PIPE, env=_environment()
    )
    assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
    with pytest.raises(Conflict, match=f"process {holder.pid}"):
        LockFile(tmp_path / "lock", what="The ledger")

    holder.kill()
    holder.wait()
    holder.stdout.close()

    LockFile(tmp_path / "lock", what="The ledger").close()


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def test_lock_when_the_disk_is_full_is_held_without_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.pwrite", full)
    with (
        LockFile(tmp_path / "lock", what="The ledger"),
        pytest.raises(Conflict, match="unknown"),
    ):
        LockFile(tmp_path / "lock", what="The ledger")


def test_lock_when_its_file_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="The ledger cannot be locked"):
        LockFile(tmp_path / "nowhere" / "lock", what="The ledger")
