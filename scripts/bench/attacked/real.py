"""R2, R3, R13 and R14 on the real model: `SCALE=real make bench NAME=redteam`. PARTS=written,clones takes some of them.

R2 is `clones` and R3 with R14 `inflation`, both of the bench of attribution, whose journal they go on with.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bench.attacked import written
from bench.attributed import clones, inflation
from bench.attributed.laboratory import BASE, Laboratory
from bench.harness import Figure, Impossible
from bench.judged.journal import Journal, code_digest
from tallystick.pipeline.models.foundation import prepare_base

SCALES = {"real-smoke": ("smoke", 4), "real": ("full", 100)}
"""The scale of the bench of attribution, and questions of which each is answered by everybody, greedy and warm."""
FLOODED = ("flood_chunks", "flood_latency", "flood_shown")
PARTS = ("written", "clones", "inflation")
CODE = (
    "offchain/tallystick/domain/answers/draws.py",
    "offchain/tallystick/pipeline/attribution/reference",
    "offchain/tallystick/pipeline/inference",
    "offchain/tallystick/pipeline/models/loading.py",
    "scripts/bench/attacked/written.py",
    "scripts/bench/attributed/scoring",
)


def figures(scale: str, folder: Path) -> Iterator[Figure]:
    chosen = [name for name in os.environ.get("PARTS", "").split(",") if name] or list(PARTS)
    size, questions = SCALES[scale]
    prepare_base(BASE)
    if "written" in chosen:
        yield from written.figures(Journal(folder / "redteam.jsonl", code_digest(CODE)), questions)
    lab = Laboratory(folder / "attribution.jsonl", size)
    for name, part in (("clones", clones), ("inflation", inflation)):
        if name in chosen:
            for figure in part.figures(lab):
                yield replace(figure, name=f"real_{figure.name}")


def unmeasured(names: set[str], is_real: bool) -> Iterator[Impossible]:
    """Bars of the other kind of scale, for which this one has no figure."""
    for name in sorted(names):
        if name.startswith("honest_") and not is_real:
            continue  # `slashed` tells those
        if name in FLOODED and not is_real:
            yield Impossible(name, "", "measured at SCALE=flood")
        elif name.startswith(("real_", "written_")) is not is_real:
            told = "the other scales" if is_real else "SCALE=real, on the real model"
            yield Impossible(name, "", f"measured at {told}")


def elsewhere(names: set[str], but: str | tuple[str, ...], told: str) -> Iterator[Impossible]:
    """Bars whose names begin otherwise than what is measured now."""
    for name in sorted(names):
        if not name.startswith(but):
            yield Impossible(name, "", told)
