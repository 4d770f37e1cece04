"""A file as it was found, before anybody says what its columns mean: some rows, and what the columns could be."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tallystick.app.datasets.files import page_of
from tallystick.app.overview.paging import Page
from tallystick.errors import InvalidInput
from tallystick.pipeline.datasets.columns import KNOWN, find_columns

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
    told, total, at, found = page_of(path, number, SIZE, MOST_SHOWN)
    if not total:
        raise InvalidInput(f"{path.name} holds no records.", "Choose another file.")
    columns = tuple(str(column) for column in told)
    rows = tuple(PreviewRow(int(line), tuple(str(cell) for cell in cells)) for line, cells in found)
    return Preview(columns, KNOWN, _guess(path.name, columns), Page(rows, int(at), int(total), SIZE))


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
