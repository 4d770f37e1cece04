"""A file as it was found, before anybody says what its columns mean: some rows, and what the columns could be."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from tallystick.app.overview.paging import Page, within
from tallystick.errors import InvalidInput
from tallystick.pipeline.datasets.columns import KNOWN, find_columns
from tallystick.pipeline.datasets.formats import read_rows
from tallystick.pipeline.datasets.limits import DEFAULT

SIZE: Final = 10
MOST_SHOWN: Final = 400
# Names under which public sets have what we call otherwise.
_ALSO: Final[Mapping[str, tuple[str, ...]]] = {
    "question": ("query", "q", "mr", "input_text", "source"),
    "answer": ("response", "a", "ref", "target", "reply", "output_text"),
    "text": ("document", "passage", "content", "body"),
    "title": ("heading", "name", "subject"),
}


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """Cells in the order of the columns, cut to what one can look at."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """`mapping` is a guess that gives records, our names to the file's; empty where none does, or none is needed."""

    columns: tuple[str, ...]
    known: tuple[str, ...]
    mapping: Mapping[str, str]
    rows: Page[PreviewRow]


def preview(path: Path, number: int) -> Preview:
    """`InvalidInput` names the line that cannot be read."""
    first = next(iter(read_rows(path, DEFAULT)), None)
    if first is None:
        raise InvalidInput(f"{path.name} holds no records.", "Choose another file.")
    columns = tuple(first.fields)
    total = sum(1 for _ in read_rows(path, DEFAULT))
    at = within(number, total, SIZE)
    found = islice(read_rows(path, DEFAULT), (at - 1) * SIZE, at * SIZE)
    rows = tuple(PreviewRow(row.line, tuple(_cell(row.fields.get(c)) for c in columns)) for row in found)
    return Preview(columns, KNOWN, _guess(path.name, columns), Page(rows, at, total, SIZE))


def _guess(file: str, columns: tuple[str, ...]) -> dict[str, str]:
    low = {column.lower(): column for column in columns}
    guessed = {
        ours: low[theirs]
        for ours, names in _ALSO.items()
        if ours not in columns
        for theirs in names
        if theirs in low
    }
    for mapping in ({}, guessed):
        try:
            find_columns(file, columns, mapping)
        except InvalidInput:
            continue
        return dict(mapping)
    return {}


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "…"
