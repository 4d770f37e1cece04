"""Rows out of JSON Lines, CSV, Parquet and XLSX files. Knows no column's meaning; says where a row came from."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tallystick.errors import InvalidInput
from tallystick.pipeline.datasets.limits import Limits
from tallystick.pipeline.datasets.sheets import sheet_rows

_PACKED = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf": "7z",
    b"\x04\x22\x4d\x18": "lz4",
}
_PARQUET = b"PAR1"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_PARQUET_ROWS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was found; `line` counts from 1 and is a row number in Parquet and XLSX."""

    line: int
    fields: dict[str, Any]


def read_rows(path: Path, limits: Limits) -> Iterator[Row]:
    """The rows of a file; `InvalidInput` names the file and the line."""
    reader = _reader(path)
    size = path.stat().st_size
    if size == 0:
        raise InvalidInput(f"{path.name} is empty.")
    if size > limits.file_bytes:
        raise InvalidInput(
            f"{path.name} has {size} bytes, more than {limits.file_bytes}.",
            "Split it into several data sets.",
        )
    _check_magic(path)
    return reader(path, limits)


def is_readable(path: Path) -> bool:
    """Whether the name's ending is one that we read."""
    return path.suffix.lower() in _READERS


def _reader(path: Path) -> Callable[[Path, Limits], Iterator[Row]]:
    if not path.is_file():
        raise InvalidInput(f"There is no file {path}.")
    if not is_readable(path):
        raise InvalidInput(
            f"{path.name} is no file that can be read.", f"Use one of: {', '.join(sorted(_READERS))}."
        )
    return _READERS[path.suffix.lower()]


def _check_magic(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(8)
    is_sheet = path.suffix.lower() == ".xlsx"
    for magic, name in _PACKED.items():
        if head.startswith(magic) and not is_sheet:
            raise InvalidInput(f"{path.name} is compressed with {name}.", "Unpack it first.")
    if head.startswith(_UTF16):
        raise InvalidInput(f"{path.name} is UTF-16.", "Save it as UTF-8.")
    is_parquet = path.suffix.lower() in (".parquet", ".pq")
    if head.startswith(_PARQUET) != is_parquet:
        hint = "Name it .parquet." if not is_parquet else "Name it after its real format."
        raise InvalidInput(f"{path.name} is not what its name says.", hint)


def _text(path: Path) -> str:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidInput(f"{path.name}, line {line}: not UTF-8.", "Save the file as UTF-8.") from error
    if (at := text.find("\0")) >= 0:
        raise InvalidInput(f"{path.name}, line {text.count(chr(10), 0, at) + 1}: a NUL byte.", "Remove it.")
    return text


def _json_lines(path: Path, limits: Limits) -> Iterator[Row]:
    # An escaped character takes six bytes for one, hence the factor.
    longest = 8 * limits.record_bytes
    for number, line in enumerate(io.StringIO(_text(path), newline=None), 1):
        if line.isspace():
            continue
        if len(line) > longest:
            raise InvalidInput(
                f"{path.name}, line {number}: longer than {longest} characters.", "Split the record."
            )
        yield Row(number, _json_object(path, number, line))


def _json_object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        found = json.loads(line, object_pairs_hook=_distinct, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            f"{path.name}, line {number}: not JSON ({error}).", "Write one JSON object a line."
        ) from error
    if not isinstance(found, dict):
        raise InvalidInput(f"{path.name}, line {number}: not a JSON object.", "Write one JSON object a line.")
    return found


def _no_number(constant: str) -> Any:
    raise ValueError(f"{constant} is no number")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name occurs twice")
    return made


def _csv(path: Path, limits: Limits) -> Iterator[Row]:
    text = _text(path)
    header_line = text.partition("\n")[0]
    delimiter = max(",;\t", key=header_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    last = 0
    try:
        header = next(reader)
        _check_header(path, header)
        last = reader.line_num
        for values in reader:
            first, last = last + 1, reader.line_num
            if values:
                yield Row(first, _named(path, first, header, values))
    except csv.Error as error:
        raise InvalidInput(
            f"{path.name}, line {last + 1}: not CSV ({error}).", "Check its quotes."
        ) from error


def _check_header(path: Path, header: list[str]) -> None:
    if len(set(header)) != len(header) or not all(header):
        raise InvalidInput(
            f"{path.name}, line 1: a column has no name, or two have the same.", "Name every column."
        )


def _named(path: Path, line: int, header: list[str], values: list[str]) -> dict[str, Any]:
    if len(values) != len(header):
        raise InvalidInput(
            f"{path.name}, line {line}: {len(values)} fields under {len(header)} columns.",
            "Quote fields that hold separators or line breaks.",
        )
    return dict(zip(header, values, strict=True))


def _parquet(path: Path, limits: Limits) -> Iterator[Row]:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    try:
        with parquet.ParquetFile(path) as file:
            _check_parquet(path, file.metadata, limits)
            row, size = 0, 0
            for part in file.iter_batches(batch_size=_PARQUET_ROWS_AT_ONCE):
                # A dictionary-encoded column unpacks to far more than the metadata says.
                size += part.nbytes
                if size > limits.file_bytes:
                    raise InvalidInput(f"{path.name} unpacks to more than {limits.file_bytes} bytes.")
                for fields in part.to_pylist():
                    row += 1
                    yield Row(row, fields)
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"{path.name} is no sound Parquet file: {str(error).rstrip('.')}.",
            "Write it again, or save it as CSV.",
        ) from error


def _check_parquet(path: Path, metadata: Any, limits: Limits) -> None:
    unpacked = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    if unpacked > limits.file_bytes:
        raise InvalidInput(f"{path.name} unpacks to {unpacked} bytes, more than {limits.file_bytes}.")
    if metadata.num_rows > limits.records:
        raise InvalidInput(f"{path.name} has {metadata.num_rows} rows, more than {limits.records}.")


def _xlsx(path: Path, limits: Limits) -> Iterator[Row]:
    header: list[str] = []
    for number, values in sheet_rows(path, limits):
        if header:
            yield Row(number, _named(path, number, header, values))
        else:
            _check_header(path, header := values)


_READERS: dict[str, Callable[[Path, Limits], Iterator[Row]]] = {
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".csv": _csv,
    ".tsv": _csv,
    ".parquet": _parquet,
    ".pq": _parquet,
    ".xlsx": _xlsx,
}
