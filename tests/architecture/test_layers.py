"""The import rules of pyproject.toml hold, and would be noticed if they did not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from architecture.repository import ROOT

LINT = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(folder / "offchain")}
    command = [LINT, "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_imports_when_linted_keep_every_rule() -> None:
    done = lint(ROOT)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "line", "rule"),
    [
        ("domain/ids.py", "import tallystick.config", "Layers"),
        ("interfaces/cli/ask.py", "import tallystick.gateways.lockfile", "Only bootstrap and staging"),
        ("app/doctor.py", "import web3", "web3 lives"),
        ("app/doctor.py", "import torch", "Models live"),
        ("app/doctor.py", "import sqlite3", "Databases live"),
        ("config.py", "import click", "click lives"),
        ("app/daemon/loop.py", "import prometheus_client", "prometheus_client lives"),
        ("app/doctor.py", "import eth_account", "eth_account lives"),
        ("gateways/lockfile.py", "import brownie", "Brownie stays"),
        ("stray.py", "", "Layers"),
    ],
)
def test_imports_when_one_is_misplaced_break_its_rule(
    tmp_path: Path, module: str, line: str, rule: str
) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "offchain", tmp_path / "offchain", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "offchain" / "tallystick" / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")

    done = lint(tmp_path)

    assert done.returncode != 0
    assert any(rule in text and "BROKEN" in text for text in done.stdout.splitlines()), done.stdout
