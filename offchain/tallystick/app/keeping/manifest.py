"""A backup's list of files with their digests. It is written last: a folder without it is no backup."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tallystick.domain.ids import Hash
from tallystick.errors import IntegrityMismatch, NotFound

NAME: Final = "manifest.json"
FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """`files` maps paths in the backup to their SHA-256 in hex; `made_at` is in seconds."""

    made_at: int
    receipts: int
    files: Mapping[str, str]
    format: int = FORMAT

    def write(self, folder: Path) -> Hash:
        """Its own digest, which stands for the whole backup."""
        text = json.dumps(asdict(self), indent=1, sort_keys=True)
        (folder / NAME).write_text(text, encoding="utf-8")
        return Hash(hashlib.sha256(text.encode()).digest())

    def check(self, folder: Path) -> None:
        """IntegrityMismatch unless the folder holds these files as they were, and no other."""
        there = set(files_of(folder)) - {NAME}
        for path in sorted(there ^ set(self.files)):
            what = "misses" if path in self.files else "holds, beside what it lists,"
            raise IntegrityMismatch(f"The backup {what} {path}.", "Take another copy of it.")
        for path, digest in self.files.items():
            if digest_of(folder / path) != digest:
                raise IntegrityMismatch(f"{path} of the backup was changed.", "Take another copy of it.")


def read_manifest(folder: Path) -> tuple[Manifest, Hash]:
    """With its digest."""
    try:
        text = (folder / NAME).read_text(encoding="utf-8")
    except OSError as error:
        raise NotFound(f"{folder} is no backup: it has no {NAME}.", "Name a backup's folder.") from error
    try:
        told = Manifest(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise IntegrityMismatch(f"{folder / NAME} is broken: {error}.", "Take another copy of it.") from error
    if told.format != FORMAT:
        raise IntegrityMismatch(f"The backup has format {told.format}.", "Use the program that made it.")
    return told, Hash(hashlib.sha256(text.encode()).digest())


def files_of(folder: Path) -> list[str]:
    """Relative paths of everything in it that is no folder; a link counts, and is never followed."""
    return sorted(
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_symlink() or not p.is_dir()
    )


def digest_of(file: Path) -> str:
    if file.is_symlink() or not file.is_file():
        raise IntegrityMismatch(f"{file} is no plain file.", "Take another copy of the backup.")
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
