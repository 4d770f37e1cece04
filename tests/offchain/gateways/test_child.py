import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic, sleep

import pytest

from tallystick.errors import Conflict, Unavailable
from tallystick.gateways.child import Child, claim_port

PARENT = """
import sys, threading, time
from pathlib import Path
from tallystick.gateways.child import Child
def start():
    args = [sys.executable, "-c", "import time; time.sleep(60)"]
    child = Child(args, name="c", cwd=Path("."), log=Path(sys.argv[1]))
    print(child.pid, flush=True)
threading.Thread(target=start).start()
time.sleep(60)
"""


def sleeper(tmp_path: Path, code: str = "import time; time.sleep(60)") -> Child:
    return Child([sys.executable, "-c", code], name="sleeper", cwd=tmp_path, log=tmp_path / "log")


def test_claim_port_when_taken_is_refused_with_hint() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(Conflict, match="another port"):
        claim_port(server.getsockname()[1], what="the test")


def test_child_when_stopped_ends(tmp_path: Path) -> None:
    child = sleeper(tmp_path)

    child.stop()

    assert child.exit_code == -signal.SIGTERM


def test_child_when_it_fails_to_start_up_shows_its_last_words(tmp_path: Path) -> None:
    child = sleeper(tmp_path, "raise SystemExit('no key')")

    with pytest.raises(Unavailable, match="no key"):
        child.wait_until(lambda: False, timeout_s=10)


def test_child_when_late_is_stopped(tmp_path: Path) -> None:
    child = sleeper(tmp_path)

    with pytest.raises(Unavailable, match="not ready"):
        child.wait_until(lambda: False, timeout_s=0.05)

    assert child.exit_code is not None


def test_child_when_the_program_is_missing_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="Cannot start ghost"):
        Child([str(tmp_path / "nothing")], name="ghost", cwd=tmp_path, log=tmp_path / "log")


def test_child_when_the_thread_that_started_it_ends_lives_on(tmp_path: Path) -> None:
    started: list[Child] = []
    thread = threading.Thread(target=lambda: started.append(sleeper(tmp_path)))
    thread.start()
    thread.join()
    sleep(0.1)

    assert started[0].exit_code is None
    started[0].stop()


@pytest.mark.skipif(sys.platform != "linux", reason="the death signal is Linux's")
def test_child_when_its_parent_is_killed_dies(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    args = [sys.executable, "-c", PARENT, str(tmp_path / "log")]
    parent = subprocess.Popen(args, stdout=subprocess.PIPE, env=environment)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    sleep(0.1)
    assert is_running(pid)

    parent.kill()
    parent.wait()
    parent.stdout.close()

    deadline = monotonic() + 5
    while is_running(pid) and monotonic() < deadline:
        sleep(0.02)
    assert not is_running(pid)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except OSError:
        return False
