"""The monitors' false alarms and delays. `make bench NAME=monitoring` measures the same alone, against its bars."""

from collections.abc import Iterator

from bench import monitoring
from bench.harness import Figure
from bench.judged.journal import code_digest
from bench.judged.laboratory import Laboratory

CODE = (
    "scripts/bench/monitoring.py",
    "scripts/bench/monitored/traffic.py",
    "offchain/tallystick/app/monitoring",
)


def figures(lab: Laboratory) -> Iterator[Figure]:
    key = {"part": "monitors", "bench": code_digest(CODE)}
    for name, values, unit, how in lab.journal.once(key, _measured):
        yield Figure(name, tuple(values), unit, how)


def _measured() -> list[tuple[str, list[float], str, str]]:
    return [(f.name, list(f.values), f.unit, f.how) for f in monitoring.measure()]
