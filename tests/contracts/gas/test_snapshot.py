"""What each operation costs is committed; `make gas-snapshot` writes it anew, for the review to read."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.costs.snapshot import SNAPSHOT, differences

ROOT = Path(__file__).resolve().parents[3]


def test_gas_when_measured_is_what_was_committed():
    """On a chain and in a process of its own, as the bench is."""
    paths = os.pathsep.join(str(ROOT / folder) for folder in ("scripts", "offchain"))
    command = [sys.executable, "-m", "bench.costs.snapshot"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr[-2_000:]


@pytest.mark.parametrize("change", [{"claim": 1}, {"new": 7}])
def test_differences_when_anything_changes_names_it(change):
    old = {"claim": 70_000, "redeem": 50_000}

    assert not differences(old, old)
    assert len(differences(old, {**old, **change})) == 1


def test_snapshot_when_read_holds_every_kind():
    assert {"prove overlap", "redeem repeat", "claim first, 20 levels"} <= set(
        json.loads(SNAPSHOT.read_text())
    )
