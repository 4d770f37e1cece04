"""The command line answers at once: what is slow to import is not imported to print help."""

import json
import subprocess
import sys
import time

import pytest

from tallystick.interfaces.cli.main import COMMANDS

HEAVY = (
    "torch",
    "transformers",
    "peft",
    "bitsandbytes",
    "brownie",
    "web3",
    "fastapi",
    "sqlite3",
    "rich",
    "numpy",
)
PROGRAM = """
import json, sys
from tallystick.interfaces.cli.main import run
from tallystick.interfaces.cli.session import Session
code = run(sys.argv[1:], Session())
sys.stderr.write(json.dumps([code, sorted(m for m in sys.modules if "." not in m)]))
"""


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_when_asked_imports_nothing_heavy(command: str) -> None:
    arguments = [*command.split(), "--help"]
    start = time.perf_counter()

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True
    )

    code, modules = json.loads(done.stderr)
    print(f"tallystick {' '.join(arguments)}: {time.perf_counter() - start:.3f} s")
    assert code == 0
    assert "Usage: tallystick" in done.stdout
    assert set(HEAVY) & set(modules) == set()
