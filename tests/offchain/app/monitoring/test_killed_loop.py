"""Killed after a step was done and before it was recorded, the loop goes on to the same end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.monitoring.loop_parts import Parts, Shelf, loop_of, serve_and_hear
from tallystick.errors import Conflict
from tallystick.gateways.ledger.books import SqliteLedger

pytestmark = pytest.mark.slow

PROGRAM = """
import os, signal, sys
from pathlib import Path
from support.monitoring.loop_parts import Parts, loop_of
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.gateways.ledger.retrainings import RetrainingBook
folder, step = Path(sys.argv[1]), sys.argv[2]
record = RetrainingBook.record
def killed(self, made):
    if made.step == step:
        os.kill(os.getpid(), signal.SIGKILL)
    record(self, made)
RetrainingBook.record = killed
loop_of(SqliteLedger(folder / "ledger.sqlite3"), folder, Parts()).run(1)
"""


def ended(folder: Path) -> list[tuple[str, str, str]]:
    with SqliteLedger(folder / "ledger.sqlite3") as ledger:
        with pytest.raises(Conflict, match="too few"):
            loop_of(ledger, folder, Parts()).run(1)
        return [(s.step, s.outcome, s.facts) for s in ledger.retrainings.steps(1)]


def prepare(folder: Path) -> None:
    folder.mkdir()
    with SqliteLedger(folder / "ledger.sqlite3") as ledger:
        serve_and_hear(ledger, 12)
        ledger.retrainings.propose("first", "person", 50)


@pytest.mark.parametrize("step", ["collect", "train", "judge", "promote"])
def test_loop_when_killed_before_a_record_ends_as_an_unbroken_one(tmp_path: Path, step: str) -> None:
    for name in ("killed", "whole"):
        prepare(tmp_path / name)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path / "killed", step], env=environment, check=False
    )
    assert done.returncode == -signal.SIGKILL

    ends = [ended(tmp_path / name) for name in ("killed", "whole")]

    assert ends[0] == ends[1]
    assert Shelf(tmp_path / "killed" / "serving").serving() == "retrain-1"
