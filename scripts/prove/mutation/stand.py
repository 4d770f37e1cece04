"""One pair of a compiler and a test session that stand ready. Several may run side by side on one tree."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prove.mutation.channels import CHANNELS, NETWORK
from prove.mutation.compiler import Codes, Compiler

ANVIL = Path("scripts", "toolchain")
TESTS = (
    "tests/contracts/unit",
    "tests/contracts/fraud",
    "tests/contracts/scenarios",
    "tests/prove/test_fraud.py",
)


class StandBroken(Exception):
    """The session of tests ended or made no sense; its log says why."""


@dataclass(frozen=True, slots=True)
class Run:
    """The first test that failed, "" where none did, and its last words; how long each took; whether it failed twice."""

    failed: str
    why: str
    seconds: dict[str, float]
    twice: bool = False


class Stand:
    """`tests` are the ids of what can be run."""

    def __init__(self, tree: Path, name: str) -> None:
        self.tree, self.name, self.compiler = tree, name, Compiler(tree)
        self._log = tree / "build" / f"session {name}.log"
        self._log.parent.mkdir(exist_ok=True)
        (reads, asks), (hears, tells) = os.pipe(), os.pipe()
        with self._log.open("w", encoding="utf-8") as log:
            self._program = subprocess.Popen(
                [".venv/bin/brownie", "test", *TESTS, "--network", NETWORK, "-q"],
                cwd=tree,
                env=self._environment(f"{reads},{tells}"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(reads, tells),
            )
        os.close(reads)
        os.close(tells)
        self._asks, self._hears = os.fdopen(asks, "w"), os.fdopen(hears)
        self.tests: list[str] = self._heard()

    def run(self, codes: Codes, tests: Sequence[str], seconds: float) -> Run:
        asked = {"codes": dict(codes), "tests": list(tests), "seconds": seconds}
        self._asks.write(json.dumps(asked) + "\n")
        self._asks.flush()
        answer = self._heard()
        if "error" in answer:
            raise StandBroken(answer["error"])
        return Run(**answer)

    def close(self) -> None:
        self._asks.close()
        self._hears.close()
        self._program.wait()
        self.compiler.close()

    def _heard(self) -> Any:
        line = self._hears.readline()
        if not line:
            raise StandBroken(self._log.read_text(encoding="utf-8")[-4000:])
        return json.loads(line)

    def _environment(self, channels: str) -> dict[str, str]:
        return {
            **os.environ,
            "PATH": f"{self.tree / ANVIL}{os.pathsep}{os.environ['PATH']}",
            "SOLCX_BINARY_PATH": str(self.tree / "scripts" / "toolchain"),
            "ETH_HASH_BACKEND": "pysha3",
            "PYTHONPATH": f"{self.tree / 'scripts'}{os.pathsep}{self.tree / 'offchain'}",
            "PYTEST_PLUGINS": "prove.mutation.session",
            CHANNELS: channels,
        }
