"""What a bench leaves behind: figures, bars, machine and commit as one JSON file."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.harness import SEED, Verdict

ROOT = Path(__file__).parents[2]
BAR = ("name", "value", "low", "high", "unit", "op", "threshold", "met", "evidence")


def write_report(bench: str, verdicts: Sequence[Verdict], folder: Path, seeds: Sequence[int] = ()) -> Path:
    """`<bench>.json` in `folder`, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    path, told = folder / f"{bench}.json", [asdict(verdict) for verdict in verdicts]
    report = {
        "bench": bench,
        "commit": commit(),
        "hardware": hardware(),
        "seeds": {"bootstrap": SEED, "measurements": list(seeds)},
        "figures": told,
        "bars": [{name: v[name] for name in BAR} for v in told if v["op"]],
    }
    part = path.with_suffix(".part")
    part.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    part.replace(path)
    return path


def commit() -> str:
    """Of the working tree, marked when it holds changes; a tree without git is of unknown commit."""
    told = ("describe", "--always", "--dirty", "--abbrev=12", "--exclude=*")
    try:
        done = subprocess.run(["git", *told], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return os.environ.get("COMMIT", "unknown")
    return done.stdout.strip()


def hardware() -> dict[str, Any]:
    """The machine, without its name; an accelerator is told where the bench used torch."""
    return {
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "cpus": os.cpu_count() or 0,
        "processor": _line("/proc/cpuinfo", "model name"),
        "memory": _line("/proc/meminfo", "MemTotal"),
        "accelerator": accelerator(),
    }


def accelerator() -> str | None:
    torch = sys.modules.get("torch")
    found = torch is not None and torch.cuda.is_available()
    return str(torch.cuda.get_device_name()) if torch is not None and found else None


def _line(path: str, name: str) -> str:
    file = Path(path)
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "unknown")
