"""Figures with repeats and interval, judged against the bars. Knows how to count, not what is measured."""

import json
import os
import platform
import random
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

BARS = Path(__file__).with_name("bars.toml")
SEED, RESAMPLES = 20261121, 2000


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured quantity: one value per repeat, and how it was obtained, seed included."""

    name: str
    values: tuple[float, ...]
    unit: str
    how: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A figure beside its bar. `met` compares the interval's unfavourable end, None where there is no bar."""

    name: str
    median: float
    low: float
    high: float
    repeats: int
    unit: str
    how: str
    bar: str
    met: bool | None


def interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % percentile bootstrap of the median, seeded; a single value is its own interval."""
    draw = random.Random(SEED)
    medians = sorted(median(draw.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return medians[int(0.025 * RESAMPLES)], medians[int(0.975 * RESAMPLES) - 1]


def judge(bench: str, figure: Figure, bars: dict[str, dict[str, dict[str, float]]]) -> Verdict:
    """The figure against `[bench.figure]`, by the end of its interval that speaks against us."""
    if not figure.values:
        raise ValueError(f"{bench}.{figure.name} measured nothing")
    low, high = interval(figure.values)
    bar = bars.get(bench, {}).get(figure.name, {})
    checks = [(f"at most {limit:g}", high <= limit) for key, limit in bar.items() if key == "at_most"]
    checks += [(f"at least {limit:g}", low >= limit) for key, limit in bar.items() if key == "at_least"]
    text = " and ".join(name for name, _ in checks)
    met = all(ok for _, ok in checks) if checks else None
    middle = median(figure.values)
    return Verdict(
        figure.name, middle, low, high, len(figure.values), figure.unit, figure.how, text or "no bar", met
    )


def read_bars(path: Path = BARS) -> dict[str, dict[str, dict[str, float]]]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def unmeasured(
    bench: str, verdicts: Sequence[Verdict], bars: dict[str, dict[str, dict[str, float]]]
) -> list[str]:
    """Bars of this bench that no figure met or missed: a goal that is not measured is not reached."""
    return sorted(set(bars.get(bench, {})) - {verdict.name for verdict in verdicts})


def environment() -> dict[str, str | int]:
    """The machine, without its name."""
    return {
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "cpus": os.cpu_count() or 0,
        "processor": _processor(),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )


def write_report(bench: str, verdicts: Sequence[Verdict], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{bench}.json"
    report = {
        "bench": bench,
        "environment": environment(),
        "figures": [asdict(verdict) for verdict in verdicts],
    }
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return path
