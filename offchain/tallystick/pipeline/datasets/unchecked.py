"""A file's records before anything is refused, for those who look for what is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from tallystick.errors import InvalidInput
from tallystick.pipeline.datasets.columns import MESSAGES, OPTIONAL, OWNER, Columns, find_columns
from tallystick.pipeline.datasets.conversation import conversation_text
from tallystick.pipeline.datasets.formats import Row, read_rows
from tallystick.pipeline.datasets.limits import DEFAULT, Limits


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Rows as the file has them, their bodies by our column names, their lines, and the columns that all need."""

    rows: tuple[dict[str, Any], ...]
    bodies: tuple[dict[str, Any], ...]
    lines: tuple[int, ...]
    required: tuple[str, ...]


def read_unchecked(path: Path, mapping: Mapping[str, str], limits: Limits = DEFAULT) -> Unchecked:
    """The records of a file whatever they hold; `InvalidInput` where rows or columns cannot be told."""
    rows = iter(read_rows(path, limits))
    first = next(rows, None)
    if first is None:
        raise InvalidInput(f"{path.name} holds no records.")
    columns = find_columns(path.name, list(first.fields), mapping)
    bodies: list[dict[str, Any]] = []
    held: list[Row] = []
    for row in chain([first], rows):
        if len(held) == limits.records:
            raise InvalidInput(f"{path.name} has more than {limits.records} records.", "Split it.")
        bodies.append(_body(row, columns))
        held.append(row)
    lines = tuple(row.line for row in held)
    return Unchecked(tuple(row.fields for row in held), tuple(bodies), lines, columns.required)


def _body(row: Row, columns: Columns) -> dict[str, Any]:
    held = {ours: row.fields[theirs] for ours, theirs in columns.source.items() if theirs in row.fields}
    if MESSAGES in held:
        held[MESSAGES] = _as_text(held[MESSAGES])
    return {k: v for k, v in held.items() if k != OWNER and (k not in OPTIONAL or v)}


def _as_text(messages: Any) -> Any:
    """What is no conversation stays as it is, for the checks to find."""
    try:
        return conversation_text(messages)
    except InvalidInput:
        return messages
