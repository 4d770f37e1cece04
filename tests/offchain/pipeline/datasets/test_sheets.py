"""Workbooks: what a person reads in the cells is what the rows hold; what has no one reading is refused."""

import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tallystick.errors import InvalidInput
from tallystick.pipeline.datasets.formats import read_rows
from tallystick.pipeline.datasets.limits import DEFAULT, Limits

HEADER = ["question", "answer"]


def workbook(folder: Path, *sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    for place, rows in enumerate(sheets):
        sheet = book.worksheets[0] if place == 0 else book.create_sheet()
        for row in rows:
            sheet.append(row)
    file = folder / "export.xlsx"
    book.save(file)
    return file


def test_rows_when_a_sheet_is_exported_hold_what_stands_in_its_cells(tmp_path: Path) -> None:
    file = workbook(
        tmp_path,
        [
            HEADER,
            ["Wann?", "Größe 3"],
            [1024.0, 0.1],
            [],
            [date(2026, 11, 21), datetime(2026, 11, 21, 9, 30)],
            [True, None],
            [123456789012345, "007"],
        ],
    )

    rows = list(read_rows(file, DEFAULT))

    assert [r.line for r in rows] == [2, 3, 5, 6, 7]
    assert [tuple(r.fields.values()) for r in rows] == [
        ("Wann?", "Größe 3"),
        ("1024", "0.1"),
        ("2026-11-21", "2026-11-21T09:30:00"),
        ("TRUE", ""),
        ("123456789012345", "007"),
    ]


def test_rows_when_other_sheets_are_empty_are_read(tmp_path: Path) -> None:
    file = workbook(tmp_path, [], [HEADER, ["a", "b"]], [])

    assert [r.fields for r in read_rows(file, DEFAULT)] == [{"question": "a", "answer": "b"}]


@pytest.mark.parametrize(
    ("sheets", "problem"),
    [
        ([[HEADER, ["a", "b"]], [HEADER, ["c", "d"]]], "several sheets: 'Sheet', 'Sheet1'"),
        ([[HEADER, ["a", "=1+1"]]], "row 2: a formula in B2"),
        ([[HEADER, ["a", "#N/A"]]], "row 2: the error #N/A in B2"),
        ([[HEADER, ["a", "b", "c"]]], "line 2: 3 fields under 2 columns"),
        ([[["question", None, "answer"], ["a", "b", "c"]]], "a column has no name"),
        ([[["a", "a"], ["b", "c"]]], "two have the same"),
    ],
)
def test_rows_when_a_workbook_is_ambiguous_are_refused(
    tmp_path: Path, sheets: list[list[list[Any]]], problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem):
        list(read_rows(workbook(tmp_path, *sheets), DEFAULT))


def test_rows_when_a_workbook_unpacks_to_too_much_are_refused_unread(tmp_path: Path) -> None:
    file = workbook(tmp_path, [HEADER, *([f"q{i}", "x" * 5_000] for i in range(200))])
    assert file.stat().st_size < 100_000

    with pytest.raises(InvalidInput, match="unpacks to"):
        list(read_rows(file, Limits(file_bytes=500_000)))


def test_rows_when_a_file_is_no_workbook_are_refused(tmp_path: Path) -> None:
    for data in (b"question,answer\n", b"PK\x03\x04rest"):
        (tmp_path / "a.xlsx").write_bytes(data)
        with pytest.raises(InvalidInput, match="no sound XLSX"):
            list(read_rows(tmp_path / "a.xlsx", DEFAULT))


def test_rows_when_a_zip_is_no_workbook_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as packed:
        packed.writestr("question.csv", "question,answer")

    with pytest.raises(InvalidInput, match="no sound XLSX"):
        list(read_rows(tmp_path / "a.xlsx", DEFAULT))


def test_rows_when_a_workbook_is_cut_off_are_refused(tmp_path: Path) -> None:
    file = workbook(tmp_path, [HEADER, ["a", "b"]])
    file.write_bytes(file.read_bytes()[:-200])

    with pytest.raises(InvalidInput, match="no sound XLSX"):
        list(read_rows(file, DEFAULT))
