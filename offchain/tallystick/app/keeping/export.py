"""Books as files for analysis, and questions to them. The files are of one moment and are never changed."""

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tallystick.errors import Conflict, Unavailable
from tallystick.pipeline.claims import publication
from tallystick.ports.ledger import Analyst


@dataclass(frozen=True, slots=True)
class ExportedBooks:
    """`rows` by table."""

    folder: Path
    rows: Mapping[str, int]


def export_books(analyst: Analyst, folder: Path, *, with_text: bool) -> ExportedBooks:
    """Also while the node runs. The folder appears whole or not at all."""
    folder = folder.absolute()
    if os.path.lexists(folder):
        raise Conflict(f"{folder} is there already.", "Name a new folder: an export overwrites nothing.")
    part = folder.with_name(f"{folder.name}.part-{os.getpid()}")
    try:
        part.mkdir(mode=0o700, parents=True)
        rows = analyst.export(part, _paid, with_text=with_text)
        part.rename(folder)
    except OSError as error:
        raise Unavailable(
            f"The export cannot be written: {error}.", "Check space and permissions."
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return ExportedBooks(folder, rows)


def _paid(period: bytes) -> Iterable[tuple[bytes, int, int]]:
    return ((leaf.asset_id, leaf.previous, leaf.cumulative) for leaf in publication.read(period).cumulative)
