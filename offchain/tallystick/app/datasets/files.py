"""People's files, read in a child process each: what is in them may be made to harm who opens it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tallystick.confinement.running import confined
from tallystick.pipeline.datasets.plain import contributions_from, unchecked_from
from tallystick.pipeline.datasets.read import Contribution
from tallystick.pipeline.datasets.unchecked import Unchecked

_PLAIN: Final = "tallystick.pipeline.datasets.plain:"
# Imported before the child is confined; each takes longer than to read a small file, so only what the files need.
_WARM: Final = {".parquet": "pyarrow.parquet", ".pq": "pyarrow.parquet", ".xlsx": "openpyxl"}


def read(path: Path, mapping: Mapping[str, str] | None = None) -> tuple[Contribution, ...]:
    """A folder has one contributor a file; a file with an `owner` column has several, any other one."""
    return contributions_from(_confined("contributions", path, dict(mapping or {})))


def read_distinct(
    path: Path, mapping: Mapping[str, str] | None = None
) -> tuple[tuple[Contribution, ...], int]:
    """Like `read`, but of records that stand twice the first is kept; also how many were left out."""
    found, left_out = _confined("distinct", path, dict(mapping or {}))
    return contributions_from(found), left_out


def read_unchecked(path: Path, mapping: Mapping[str, str]) -> Unchecked:
    """The records of a file whatever they hold."""
    return unchecked_from(_confined("unchecked", path, dict(mapping)))


def first_fields(path: Path) -> list[str]:
    """Names of the first row's columns."""
    return list(_confined("first_fields", path))


def page_of(path: Path, number: int, size: int, longest: int) -> list[Any]:
    """As `plain.page_of` has it."""
    return list(_confined("page_of", path, number, size, longest))


def _confined(work: str, path: Path, *more: Any) -> Any:
    inside = path.iterdir() if path.is_dir() else (path,)
    warm = sorted({_WARM[p.suffix.lower()] for p in inside if p.suffix.lower() in _WARM})
    return confined(_PLAIN + work, [str(path), *more], of=path.name, warm=warm)
