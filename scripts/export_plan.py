"""Writes the deploy script's plan, with its default parameters, into the Python package, for an EVM in the process.

Run `python scripts/export_plan.py`. "@X" stands for the contract X, "#..." for bytes.
"""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT / "scripts") not in sys.path:
    sys.path.insert(0, str(ROOT / "scripts"))

from deployment.plan import Deploy, steps_of  # noqa: E402
from deployment.settings import Parameters  # noqa: E402

TARGET = ROOT / "offchain" / "tallystick" / "gateways" / "chain" / "inprocess" / "plan.json"
DEPLOYER = "0x" + "d0" * 20


class _Named:
    """Stands for a contract that the plan has made."""

    def __init__(self, name: str) -> None:
        self.address = "@" + name


class _All(dict[str, _Named]):
    def __missing__(self, name: str) -> _Named:
        return _Named(name)


def plan() -> str:
    rows = []
    for step in steps_of(Parameters(), DEPLOYER):
        arguments = [_told(a) for a in step.arguments(_All())]
        if isinstance(step, Deploy):
            rows.append(["deploy", step.name, "", arguments])
        else:
            rows.append(["call", step.contract, step.method, arguments])
    return "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n"


def _told(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_told(v) for v in value]
    if isinstance(value, _Named):
        return value.address
    return "#" + value.hex() if isinstance(value, bytes) else value


if __name__ == "__main__":
    TARGET.write_text(plan(), encoding="utf-8")
