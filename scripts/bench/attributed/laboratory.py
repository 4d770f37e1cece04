"""What every part of the benchmark of attribution works with."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.judged.journal import Journal, code_digest

BASE = Path("build/models/smollm2-135m-instruct")
THREADS = int(os.environ.get("THREADS", "1"))
SCALES = ("smoke", "full")


@dataclass(frozen=True, slots=True)
class Laboratory:
    """A journal's file, how much is measured, and the base model. `smoke` shows in minutes that a part runs."""

    file: Path
    scale: str = "full"
    base: Path = BASE

    @property
    def is_smoke(self) -> bool:
        return self.scale == "smoke"

    def journal(self, *places: str) -> Journal:
        """Results that stand as long as the sources in `places`, paths from the repository's root, do."""
        return Journal(self.file, code_digest(places))


def scale_of(environ: Mapping[str, str]) -> str:
    name = environ.get("SCALE", "full")
    if name not in SCALES:
        raise SystemExit(f"There is no SCALE={name}; use {', '.join(SCALES)}.")
    return name
