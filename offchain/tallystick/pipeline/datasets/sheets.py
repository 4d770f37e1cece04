"""Rows out of an XLSX workbook, cells as a person reads them."""

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from tallystick.errors import InvalidInput
from tallystick.pipeline.datasets.limits import Limits

Cells = Sequence[Any]


def sheet_rows(path: Path, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """Row number and texts of each row of the one sheet that holds any, empty rows left out.

    A number stands without needless zeros, a date in ISO 8601, an empty cell as "". `InvalidInput` for formulas, whose
    values depend on who computes them, for error values, and for several sheets with content.
    """
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    _check_size(path, limits)
    try:
        book = load_workbook(path, read_only=True, data_only=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError) as error:
        raise _unsound(path, error) from error
    try:
        yield from _texts(path, _only_sheet(path, book))
    except (zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as error:
        raise _unsound(path, error) from error
    finally:
        book.close()


def _unsound(path: Path, error: Exception) -> InvalidInput:
    return InvalidInput(f"{path.name} is no sound XLSX workbook: {error}.", "Save it again, or as CSV.")


def _check_size(path: Path, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
    except zipfile.BadZipFile as error:
        raise _unsound(path, error) from error
    if unpacked > limits.file_bytes:
        raise InvalidInput(
            f"{path.name} unpacks to {unpacked} bytes, more than {limits.file_bytes}.", "Split it."
        )


def _only_sheet(path: Path, book: Any) -> Any:
    filled = [s for s in book.worksheets if any(c.value is not None for row in s.iter_rows() for c in row)]
    if len(filled) > 1:
        names = ", ".join(repr(s.title) for s in filled)
        raise InvalidInput(f"{path.name} has several sheets: {names}.", "Leave one, or save each as CSV.")
    return filled[0] if filled else None


def _texts(path: Path, sheet: Any) -> Iterator[tuple[int, list[str]]]:
    width = 0
    for number, row in enumerate(sheet.iter_rows() if sheet is not None else (), 1):
        texts = [_text(path, number, cell) for cell in row]
        while len(texts) > width and not texts[-1]:
            texts.pop()
        # The first row names the columns: what follows is as wide, or told to be wider.
        width = width or len(texts)
        if any(texts):
            yield number, texts + [""] * (width - len(texts))


def _text(path: Path, number: int, cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type in ("f", "e"):
        what = "a formula" if cell.data_type == "f" else f"the error {value}"
        raise InvalidInput(
            f"{path.name}, row {number}: {what} in {cell.coordinate}.", "Paste values instead, and save."
        )
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat()
    return value.isoformat() if isinstance(value, date | time) else str(value)
