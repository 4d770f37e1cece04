"""The files of data care: rules in, the report and the two parts out. Overwrites no part."""

import json
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tallystick.commitments.canonical import canonical_json
from tallystick.errors import Conflict, InvalidInput
from tallystick.pipeline.datasets.care.inspection import CareReport, SetAside, partition
from tallystick.pipeline.datasets.care.rules import Rules, rules_from
from tallystick.pipeline.datasets.unchecked import Unchecked

KEPT, QUARANTINE = "kept.jsonl", "quarantine.jsonl"


def read_rules(file: Path | None, required: tuple[str, ...]) -> Rules:
    """The rules of a TOML file, or the defaults; the columns that a data set needs are required unless it says others."""
    if file is None:
        return Rules(required=required)
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{file} is no TOML file: {error}.") from error
    return rules_from({"required": list(required)} | values)


def write_report(file: Path, care: CareReport, found: Unchecked) -> None:
    """Canonical JSON; `lines` has the line of every record."""
    try:
        file.write_bytes(canonical_json(json.loads(care.canonical()) | {"lines": list(found.lines)}) + b"\n")
    except OSError as error:
        raise InvalidInput(f"{file} cannot be written: {error.strerror}.") from error


def write_split(folder: Path, care: CareReport, found: Unchecked) -> None:
    """Rows as they were: `kept.jsonl`, and `quarantine.jsonl` with line and reasons. Every row is in one of them."""
    parts = partition(care, found.bodies)
    _write_lines(folder / KEPT, [found.rows[index] for index, _ in parts.kept])
    _write_lines(folder / QUARANTINE, [_set_aside(each, found) for each in parts.quarantined])


def _set_aside(record: SetAside, found: Unchecked) -> dict[str, Any]:
    reasons = [{k: v for k, v in asdict(r).items() if v is not None and k != "index"} for r in record.reasons]
    return {"line": found.lines[record.index], "row": found.rows[record.index], "reasons": reasons}


def _write_lines(file: Path, rows: list[dict[str, Any]]) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="ascii") as out:
            out.writelines(json.dumps(row, default=str) + "\n" for row in rows)
    except FileExistsError as error:
        raise Conflict(f"{file} exists already.", "Name another folder.") from error
    except OSError as error:
        raise InvalidInput(f"{file} cannot be written: {error.strerror}.") from error
