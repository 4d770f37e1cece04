"""Slither over all contracts: a finding of high or medium impact is explained in docs/contracts/slither.md, or counts."""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from prove.campaign import JOURNALS, ROOT, Campaign, Outcome, Part
from prove.tools import REQUIREMENTS, output_of, surroundings, tool

EXPLAINED = ROOT / "docs" / "contracts" / "slither.md"
BUILD = JOURNALS / "slither"
ROW = re.compile(r"^\| `([a-z0-9-]+)` \| `([\w.]+)` \| (.+) \|$", re.MULTILINE)
LIMITS = {"unexplained": 0.0, "stale": 0.0}
SECONDS = 900
Finding = tuple[str, str]
"""Detector and place, as `Contract.function` or `Contract`."""


def campaign() -> Campaign:
    tested = [*sources(), EXPLAINED, REQUIREMENTS, Path(__file__)]
    return Campaign("findings", [Part("slither", 1, "run", LIMITS)], tested, work)


def sources() -> list[Path]:
    return sorted(p for p in (ROOT / "contracts").rglob("*.sol") if "mocks" not in p.parts)


def work(part: Part, seed: int) -> Outcome:
    return judge(found_in(report()), explained(EXPLAINED.read_text(encoding="utf-8")), seed)


def judge(found: Iterable[Finding], known: Iterable[Finding], seed: int) -> Outcome:
    unexplained, stale = sorted(set(found) - set(known)), sorted(set(known) - set(found))
    note = "; ".join(
        [*(f"new: {d} in {p}" for d, p in unexplained), *(f"stale: {d} in {p}" for d, p in stale)]
    )
    return Outcome("slither", seed, 1, {"unexplained": len(unexplained), "stale": len(stale)}, note)


def explained(text: str) -> set[Finding]:
    return {(detector, place) for detector, place, _ in ROW.findall(text)}


def found_in(report: dict[str, Any]) -> set[Finding]:
    """High and medium ones; ValueError where Slither did not get through."""
    if not report.get("success"):
        raise ValueError(f"Slither failed: {report.get('error')}")
    results = report["results"].get("detectors", [])
    return {(r["check"], _place(r["elements"])) for r in results if r["impact"] in ("High", "Medium")}


def _place(elements: Sequence[dict[str, Any]]) -> str:
    element = elements[0]
    names = [element["name"]] if element["type"] in ("contract", "function") else []
    while parent := element.get("type_specific_fields", {}).get("parent"):
        element = parent
        if element["type"] in ("contract", "function"):
            names.insert(0, element["name"])
    return ".".join(names)


def report() -> dict[str, Any]:
    """Slither's own report over one file that imports every contract."""
    BUILD.mkdir(parents=True, exist_ok=True)
    everything, result = BUILD / "Everything.sol", BUILD / "report.json"
    imports = [f'import "../../../{path.relative_to(ROOT)}";' for path in sources()]
    head = ["// SPDX-License-Identifier: MIT", "pragma solidity 0.8.37;"]
    everything.write_text("\n".join([*head, *imports, ""]), encoding="utf-8")
    result.unlink(missing_ok=True)
    command = [tool("slither"), str(everything.relative_to(ROOT)), "--compile-force-framework", "solc"]
    command += ["--solc", "scripts/toolchain/solc-v0.8.37", "--filter-paths", "node_modules"]
    command += ["--solc-remaps", "@openzeppelin/=node_modules/@openzeppelin/", "--json", str(result)]
    output = output_of(command, surroundings(), SECONDS)
    if not result.exists():
        raise ValueError(f"Slither wrote no report: {output[-2000:]}")
    found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    return found
