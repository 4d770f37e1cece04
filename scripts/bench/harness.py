"""Figures with repeats and interval, judged against the bars. Knows how to count, not what is measured."""

import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

BARS = Path(__file__).with_name("bars.toml")
COMMITTED = Path(__file__).parents[2] / "docs" / "benchmarks" / "committed.toml"
SEED, RESAMPLES = 20261121, 2000
Bars = Mapping[str, Mapping[str, Mapping[str, float]]]
Committed = Mapping[str, Mapping[str, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured quantity: one value per repeat, and how it was obtained, seed included.

    `value` and `within`, its 95 % interval, where the measurement has its own; else the values' median is bootstrapped.
    """

    name: str
    values: tuple[float, ...]
    unit: str
    how: str
    within: tuple[float, float] | None = None
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Impossible:
    """A bar's figure that this machine cannot measure, and why."""

    name: str
    unit: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A figure beside its bar, `op` empty where there is none; a bar of two sides is "between" two thresholds.

    `met` compares the interval's unfavourable end; it is None without a bar, or where the machine cannot measure it:
    then `value` is None too and `evidence` gives the reason and the latest committed figure.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    repeats: int
    unit: str
    op: str
    threshold: float | tuple[float, float] | None
    met: bool | None
    evidence: str

    @property
    def missed(self) -> bool:
        return self.met is False

    @property
    def bar(self) -> str:
        if isinstance(self.threshold, tuple):
            return f"between {self.threshold[0]:g} and {self.threshold[1]:g}"
        return f"{self.op} {self.threshold:g}" if self.threshold is not None else ""


def interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % percentile bootstrap of the median, seeded; a single value is its own interval."""
    draw = random.Random(SEED)
    medians = sorted(median(draw.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return medians[int(0.025 * RESAMPLES)], medians[int(0.975 * RESAMPLES) - 1]


def judge(bench: str, figure: Figure | Impossible, bars: Bars, committed: Committed | None = None) -> Verdict:
    """The figure against `[bench.figure]`, by the end of its interval that speaks against us."""
    op, threshold = _limit(bars.get(bench, {}).get(figure.name, {}))
    if isinstance(figure, Impossible):
        known = (committed or {}).get(bench, {}).get(figure.name)
        evidence = f"{figure.reason}; {_said(known)}"
        return Verdict(figure.name, None, None, None, 0, figure.unit, op, threshold, None, evidence)
    if not figure.values:
        raise ValueError(f"{bench}.{figure.name} measured nothing")
    low, high = figure.within or interval(figure.values)
    met = _holds(op, threshold, low, high)
    middle = median(figure.values) if figure.value is None else figure.value
    repeats = len(figure.values)
    return Verdict(figure.name, middle, low, high, repeats, figure.unit, op, threshold, met, figure.how)


def _limit(bar: Mapping[str, float]) -> tuple[str, float | tuple[float, float] | None]:
    if len(bar) == 2:
        return "between", (bar["at_least"], bar["at_most"])
    return next(
        ((op, bar[key]) for key, op in (("at_most", "<="), ("at_least", ">=")) if key in bar), ("", None)
    )


def _holds(op: str, threshold: float | tuple[float, float] | None, low: float, high: float) -> bool | None:
    if isinstance(threshold, tuple):
        return threshold[0] <= low and high <= threshold[1]
    if threshold is None:
        return None
    return high <= threshold if op == "<=" else low >= threshold


def _said(known: Mapping[str, Any] | None) -> str:
    if known is None:
        return "no figure is committed yet"
    spread = f"[{known['low']:.4g}, {known['high']:.4g}]"
    return f"committed: {known['value']:.4g} {spread} on {known['hardware']} at {known['commit']}"


def read_bars(path: Path = BARS) -> Bars:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def read_committed(path: Path = COMMITTED) -> Committed:
    """Figures of other machines by `[bench.figure]`: value, low, high, hardware, commit."""
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def unmeasured(bench: str, verdicts: Sequence[Verdict], bars: Bars) -> list[Verdict]:
    """Bars of this bench that no figure met or missed: a goal that is not measured is not reached."""
    told, verdict = bars.get(bench, {}), {v.name for v in verdicts}
    absent = ((name, *_limit(told[name])) for name in sorted(set(told) - verdict))
    return [
        Verdict(name, None, None, None, 0, "", op, at, False, "not measured: the bench left it out")
        for name, op, at in absent
    ]


def table(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Aligned lines: the verdict, figure, value, interval, unit, bar; and how below each."""
    width = max((len(v.name) for v in verdicts), default=0)
    yield f"{'':5}{'figure':<{width}}  {'value':>10}  {'95 % interval':<24}  {'n':>3}  {'bar':<18} unit"
    for v in verdicts:
        mark = "" if not v.op else {None: "null", True: "ok", False: "MISS"}[v.met]
        value = "-" if v.value is None else f"{v.value:.5g}"
        spread = "-" if v.low is None else f"[{v.low:.5g}, {v.high:.5g}]"
        yield f"{mark:<5}{v.name:<{width}}  {value:>10}  {spread:<24}  {v.repeats:>3}  {v.bar:<18} {v.unit}"
        yield f"{'':7}{v.evidence}"
