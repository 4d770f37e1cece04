"""E2E restaurant descriptions from a folder that its user has; parts are carved by attribute list, never by row."""

import csv
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Pair = tuple[str, str]
DEFAULT = Path("../shared/data/e2e")


@dataclass(frozen=True, slots=True)
class Data:
    """Pairs of attributes and text. No attribute list is in two parts."""

    train: tuple[Pair, ...]
    validation: tuple[Pair, ...]
    test: tuple[Pair, ...]


def find() -> Path | None:
    """DATA, or the folder beside the checkout; None without one."""
    folder = Path(os.environ.get("DATA", DEFAULT))
    return folder if (folder / "train.csv").is_file() and (folder / "valid.csv").is_file() else None


def read(folder: Path) -> Data:
    """A tenth of the training lists, by their hash, is for choosing learning rates. Records in an order by hash, so that
    the first n are a fair sample.
    """
    rows = list(_rows(folder / "train.csv"))
    held = {mr for mr, _ in rows if _hash(mr) % 10 == 3}
    train = tuple(r for r in rows if r[0] not in held)
    return Data(
        _mixed(train), _mixed(tuple(r for r in rows if r[0] in held)), tuple(_rows(folder / "valid.csv"))
    )


def by_list(pairs: tuple[Pair, ...], most: int) -> list[Pair]:
    """All texts of `most` attribute lists, those first by hash."""
    lists = sorted({mr for mr, _ in pairs}, key=_hash)[:most]
    return [pair for mr in lists for pair in pairs if pair[0] == mr]


def _mixed(pairs: tuple[Pair, ...]) -> tuple[Pair, ...]:
    return tuple(sorted(pairs, key=lambda pair: _hash("|".join(pair))))


def _rows(file: Path) -> Iterator[Pair]:
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield row["mr"], row["ref"]


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
