"""Reads people's files into contributions: whose records they are, and their text. A refusal says where."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from tallystick.commitments.canonical import canonical_json
from tallystick.errors import Conflict, InvalidInput
from tallystick.pipeline.datasets.columns import body_of, find_columns, owner_of
from tallystick.pipeline.datasets.formats import is_readable, read_rows
from tallystick.pipeline.datasets.limits import DEFAULT, Limits

Bodies = tuple[dict[str, str], ...]
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Contribution:
    """One contributor's records in file order; `name` is the owner column's text, or the file's stem."""

    name: str
    bodies: Bodies


@dataclass(frozen=True, slots=True)
class _Found:
    line: int
    owner: str
    body: dict[str, str]
    canonical: bytes


Keep = Callable[[str, list[_Found]], list[_Found]]


def read(
    path: Path, mapping: Mapping[str, str] | None = None, limits: Limits = DEFAULT
) -> tuple[Contribution, ...]:
    """A folder has one contributor a file; a file with an `owner` column has several, any other one."""
    contributions, _ = _read(path, mapping or {}, limits, _refuse_repeats)
    return contributions


def read_distinct(
    path: Path, mapping: Mapping[str, str] | None = None, limits: Limits = DEFAULT
) -> tuple[tuple[Contribution, ...], int]:
    """Like `read`, but of records that stand twice the first is kept; also how many were left out."""
    return _read(path, mapping or {}, limits, _first_of_repeats)


def _read(
    path: Path, mapping: Mapping[str, str], limits: Limits, keep: Keep
) -> tuple[tuple[Contribution, ...], int]:
    files = [path]
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if is_readable(p) and _is_plain(p))
        if not files:
            raise InvalidInput(f"The folder {path} holds no CSV, JSON Lines, Parquet or XLSX file.")
    parts = [_read_file(file, mapping, limits, keep) for file in files]
    found = tuple(c for contributions, _ in parts for c in contributions)
    names = [c.name for c in found]
    if len(set(names)) != len(names):
        twice = next(n for n in names if names.count(n) > 1)
        raise Conflict(f"Two files of {path} hold records of {twice}.", "Put them into one file.")
    return found, sum(left_out for _, left_out in parts)


def _is_plain(path: Path) -> bool:
    """A link in somebody's folder could name any file of ours."""
    if path.is_symlink():
        raise InvalidInput(f"{path.name} is a link.", "Put the file itself into the folder.")
    return path.is_file()


def _read_file(
    path: Path, mapping: Mapping[str, str], limits: Limits, keep: Keep
) -> tuple[tuple[Contribution, ...], int]:
    by_owner: dict[str, list[_Found]] = defaultdict(list)
    for count, found in enumerate(_records(path, mapping, limits), 1):
        if count > limits.records:
            raise InvalidInput(f"{path.name} has more than {limits.records} records.", "Split it.")
        by_owner[found.owner].append(found)
    if not by_owner:
        raise InvalidInput(f"{path.name} holds no records.")
    kept = {name: keep(path.name, records) for name, records in by_owner.items()}
    left_out = sum(map(len, by_owner.values())) - sum(map(len, kept.values()))
    made = (Contribution(name, tuple(f.body for f in records)) for name, records in kept.items())
    return tuple(made), left_out


def _records(path: Path, mapping: Mapping[str, str], limits: Limits) -> Iterator[_Found]:
    rows = iter(read_rows(path, limits))
    first = next(rows, None)
    if first is None:
        return
    columns = find_columns(path.name, list(first.fields), mapping)
    for row in chain([first], rows):
        body = body_of(path.name, row, columns)
        try:
            canonical = canonical_json(body)
        except InvalidInput as error:
            raise InvalidInput(f"{path.name}, line {row.line}: {error.message}") from error
        if len(canonical) > limits.record_bytes:
            raise InvalidInput(
                f"{path.name}, line {row.line}: a record of {len(canonical)} bytes, more than"
                f" {limits.record_bytes}.",
                "Split the record.",
            )
        owner = owner_of(path.name, row, columns)
        yield _Found(row.line, path.stem if owner is None else owner, body, canonical)


def _first_of_repeats(_: str, records: list[_Found]) -> list[_Found]:
    first: dict[bytes, _Found] = {}
    for found in records:
        first.setdefault(found.canonical, found)
    return list(first.values())


def _listed(lines: list[int]) -> str:
    more = [f"{len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return " and ".join([*map(str, lines[:_SHOWN]), *more])


def _refuse_repeats(file: str, records: list[_Found]) -> list[_Found]:
    lines: dict[bytes, list[int]] = defaultdict(list)
    for found in records:
        lines[found.canonical].append(found.line)
    repeated = [found for found in lines.values() if len(found) > 1]
    if repeated:
        shown = "; ".join(_listed(found) for found in repeated[:_SHOWN])
        more = f" and {len(repeated) - _SHOWN} more" if len(repeated) > _SHOWN else ""
        raise InvalidInput(
            f"{file} holds the same record twice, in lines {shown}{more}.",
            "Keep one of each: copies earn nothing. `tallystick dataset check --split` parts them.",
        )
    return records
