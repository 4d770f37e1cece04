"""Quality of tuned models on E2E: `make bench NAME=quality`. DATA names the folder; SCALE is smoke, default or full.

Results are appended to build/bench/quality.jsonl, so that a stopped run goes on where it was.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from bench.harness import Figure, Impossible, read_bars
from bench.judged import cycles, gating, methods, monitored, noisy, plots, quantised, restaurants_data, scale
from bench.judged.journal import Journal, code_digest
from bench.judged.laboratory import BASE, Laboratory

FOLDER = Path("build/bench")
NO_DATA = "no E2E data: give its folder (train.csv and valid.csv, columns mr and ref) as DATA=..."
Part = Callable[[Laboratory], Iterable[Figure]]
# What else is measured here joins this list.
PARTS: tuple[Part, ...] = (
    methods.figures,
    gating.figures,
    quantised.figures,
    cycles.figures,
    noisy.figures,
    monitored.figures,
)


def measure() -> list[Figure | Impossible]:
    folder = restaurants_data.find()
    if folder is None:
        return [Impossible(name, "", NO_DATA) for name in read_bars()["quality"]]
    from tallystick.pipeline.models.foundation import prepare_base

    prepare_base(BASE)
    chosen = scale.chosen()
    journal = Journal(FOLDER / "quality.jsonl", code_digest())
    lab = Laboratory(restaurants_data.read(folder), chosen, journal)
    print(f"scale {chosen.name}, code {journal.code}")
    found = [figure for part in PARTS for figure in part(lab)]
    for path in plots.draw(found, FOLDER):
        print(f"plot: {path}")
    return list(found)
