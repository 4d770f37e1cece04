"""Runs forge on the tests of `tests/forge`, without a network."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from prove.campaign import ROOT

BINARIES = ROOT / "node_modules" / "@foundry-rs" / "forge-linux-amd64" / "bin"
CONFIG = "tests/forge/foundry.toml"
IMPORT = re.compile(r'^\s*(?:import|\}\s*from)\b[^"\n]*"(\.[^"]+)"', re.MULTILINE)


class ForgeFailed(Exception):
    """forge did not do what was asked; its output says why."""


def program() -> str:
    found = shutil.which("forge", path=f"{BINARIES}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        raise ForgeFailed("forge is not installed: run `make setup`.")
    return found


def test(
    contract: str,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    seconds: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """The tests of the contracts whose name matches; the caller judges the result."""
    command = [program(), "test", "--root", str(ROOT), "--match-contract", contract, *arguments]
    surroundings = {**os.environ, "FOUNDRY_CONFIG": str(ROOT / CONFIG), **(environment or {})}
    return subprocess.run(
        command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False, timeout=seconds
    )


def closure(entries: Iterable[Path]) -> list[Path]:
    """Solidity files of this project that the entries are made of, themselves included."""
    found: set[Path] = set()
    waiting = [path.resolve() for path in entries]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        waiting += [(path.parent / name).resolve() for name in IMPORT.findall(path.read_text())]
    return sorted(found)


def tests_of(*names: str) -> Sequence[Path]:
    """The sources below folders or files of `tests/forge`, and what they are made of."""
    folders = [ROOT / "tests" / "forge" / name for name in names]
    entries = [
        path
        for folder in folders
        for path in (sorted(folder.rglob("*.sol")) if folder.is_dir() else [folder])
    ]
    return [*closure(entries), ROOT / CONFIG]
