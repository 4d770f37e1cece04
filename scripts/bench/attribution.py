"""Attribution's bars: `make bench NAME=attribution`. PARTS=planted,datamodel runs some parts; SCALE is smoke or full.

Long measurements are appended to build/bench/attribution.jsonl, so that a stopped run goes on where it was.
"""

import os
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Protocol

from bench.attributed.laboratory import BASE, Laboratory, scale_of
from bench.harness import Figure, Impossible

FOLDER = Path("build/bench")


class Part(Protocol):
    """A module of `bench.attributed` that measures."""

    def figures(self, lab: Laboratory, /) -> Iterable[Figure | Impossible]: ...


def measure() -> list[Figure | Impossible]:
    from tallystick.pipeline.models.foundation import prepare_base

    chosen = chosen_parts(os.environ)
    prepare_base(BASE)
    lab = Laboratory(FOLDER / "attribution.jsonl", scale_of(os.environ))
    print(f"parts {', '.join(chosen)}; scale {lab.scale}")
    found: list[Figure | Impossible] = []
    for name in chosen:
        part: Part = import_module(f"bench.attributed.{name}")
        found += part.figures(lab)
    return found


def part_names() -> list[str]:
    """Modules of `bench.attributed` that have `figures`."""
    told = {
        p.stem: p.read_text(encoding="utf-8") for p in (Path(__file__).parent / "attributed").glob("*.py")
    }
    return sorted(stem for stem, text in told.items() if "\ndef figures(" in text)


def chosen_parts(environ: Mapping[str, str]) -> list[str]:
    """All parts, or those that PARTS names."""
    known = part_names()
    asked = [name.strip() for name in environ.get("PARTS", "").split(",") if name.strip()]
    for name in asked:
        if name not in known:
            raise SystemExit(f"There is no part {name!r}; use {', '.join(known) or 'none yet'}.")
    return asked or known
