from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tallystick.errors import InvalidInput
from tallystick.pipeline.datasets.formats import is_readable, read_rows
from tallystick.pipeline.datasets.limits import DEFAULT, Limits


def parquet(folder: Path, columns: dict[str, Any], **options: Any) -> Path:
    file = folder / "rows.parquet"
    pq.write_table(pa.table(columns), file, **options)
    return file


def test_rows_when_parquet_is_read_are_numbered(tmp_path: Path) -> None:
    file = parquet(tmp_path, {"question": [f"q{i}" for i in range(150)], "answer": ["a"] * 150})

    rows = list(read_rows(file, DEFAULT))

    assert [r.line for r in rows] == list(range(1, 151))
    assert rows[149].fields == {"question": "q149", "answer": "a"}


def test_rows_when_parquet_declares_too_much_are_refused_unread(tmp_path: Path) -> None:
    file = parquet(tmp_path, {"text": ["x" * 100_000 + str(i) for i in range(20)]}, compression="zstd")
    assert file.stat().st_size < 100_000

    with pytest.raises(InvalidInput, match="unpacks to"):
        list(read_rows(file, Limits(file_bytes=500_000)))


@pytest.mark.slow
def test_rows_when_a_dictionary_unpacks_to_too_much_are_refused(tmp_path: Path) -> None:
    file = parquet(tmp_path, {"text": ["x" * 10_000] * 5_000}, use_dictionary=True)
    declared = pq.ParquetFile(file).metadata.row_group(0).total_byte_size
    assert declared < 100_000

    with pytest.raises(InvalidInput, match="unpacks to more"):
        list(read_rows(file, Limits(file_bytes=1_000_000)))


def test_rows_when_parquet_has_too_many_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="101 rows"):
        list(read_rows(parquet(tmp_path, {"text": ["x"] * 101}), Limits(records=100)))


def test_rows_when_parquet_is_cut_off_are_refused(tmp_path: Path) -> None:
    file = parquet(tmp_path, {"text": ["x"] * 100})
    file.write_bytes(file.read_bytes()[:-30])

    with pytest.raises(InvalidInput, match="no sound Parquet"):
        list(read_rows(file, DEFAULT))


def test_rows_when_csv_fields_span_lines_start_where_they_start(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('title,text\n"a\nb",c\nd,e\n')

    assert [r.line for r in read_rows(file, DEFAULT)] == [2, 4]


@pytest.mark.parametrize(("name", "yes"), [("a.JSONL", True), ("a.pq", True), ("a.zip", False), ("a", False)])
def test_is_readable_when_asked_goes_by_the_ending(name: str, yes: bool) -> None:
    assert is_readable(Path(name)) is yes
