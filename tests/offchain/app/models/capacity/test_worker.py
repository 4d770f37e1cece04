"""A worker does not outlive who started it, and waits for those that go before."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tallystick.app.models.capacity import worker
from tallystick.app.models.jobs.run_folder import locked
from tallystick.errors import Conflict

pytestmark = pytest.mark.slow

CHILD = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
from tallystick.app.models.capacity.worker import end_with_parent
end_with_parent()
print("ready", flush=True)
time.sleep(600)
"""
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE, text=True)
child.stdout.readline()
print(child.pid, flush=True)
child.wait()
"""


def test_worker_when_its_launcher_is_killed_ends_by_itself() -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    told = [sys.executable, "-c", PARENT, CHILD]
    parent = subprocess.Popen(told, stdout=subprocess.PIPE, text=True, env=environment)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))

    assert child.is_running()
    parent.kill()
    parent.wait()

    child.wait(60)


def test_alone_when_another_worker_holds_the_job_waits_and_then_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "PATIENCE_S", 0.3)
    begun = time.monotonic()

    with (
        locked(tmp_path / worker.WORKERS_LOCK),
        pytest.raises(Conflict, match="still run"),
        worker.alone(tmp_path),
    ):
        raise AssertionError

    assert time.monotonic() - begun >= 0.3
    with worker.alone(tmp_path), locked(tmp_path / worker.WORKERS_LOCK) as is_free:
        assert not is_free
