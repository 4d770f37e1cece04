"""What readers of files return, as plain lists and texts that pass between processes."""

import json
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from tallystick.pipeline.datasets.formats import read_rows
from tallystick.pipeline.datasets.limits import DEFAULT
from tallystick.pipeline.datasets.read import Contribution, read, read_distinct
from tallystick.pipeline.datasets.unchecked import Unchecked, read_unchecked


def contributions(path: str, mapping: Mapping[str, str]) -> list[Any]:
    """For `contributions_from`."""
    return [[c.name, c.bodies] for c in read(Path(path), mapping)]


def distinct(path: str, mapping: Mapping[str, str]) -> list[Any]:
    """Contributions, and how many records were left out."""
    found, left_out = read_distinct(Path(path), mapping)
    return [[[c.name, c.bodies] for c in found], left_out]


def contributions_from(told: list[Any]) -> tuple[Contribution, ...]:
    return tuple(Contribution(str(name), tuple(bodies)) for name, bodies in told)


def unchecked(path: str, mapping: Mapping[str, str]) -> list[Any]:
    """For `unchecked_from`. A body's value that is none of JSON's becomes a list, which no column takes for text."""
    found = read_unchecked(Path(path), mapping)
    rows = json.loads(json.dumps(found.rows, default=str))
    bodies = json.loads(json.dumps(found.bodies, default=lambda value: [str(value)]))
    return [rows, bodies, found.lines, found.required]


def unchecked_from(told: list[Any]) -> Unchecked:
    rows, bodies, lines, required = (tuple(part) for part in told)
    return Unchecked(rows, bodies, lines, required)


def page_of(path: str, number: int, size: int, longest: int) -> list[Any]:
    """Columns, how many rows there are, which page that is, and its rows as [line, cells cut to `longest`]."""
    columns = first_fields(path)
    total = sum(1 for _ in read_rows(Path(path), DEFAULT))
    at = max(1, min(number, -(-total // size)))
    found = islice(read_rows(Path(path), DEFAULT), (at - 1) * size, at * size)
    rows = [[row.line, [_cell(row.fields.get(column), longest) for column in columns]] for row in found]
    return [columns, total, at, rows]


def _cell(value: object, longest: int) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= longest else text[:longest] + "…"


def first_fields(path: str) -> list[str]:
    """Names of the first row's columns; none for an empty file."""
    first = next(iter(read_rows(Path(path), DEFAULT)), None)
    return list(first.fields) if first else []
