"""All monitors together: a reference fixes them, entries move them one by one, an alarm holds one until it is let go.

The stated rate of each monitor: with probability at most RATE it raises a false alarm within the first HORIZON entries
after its reference or its release, and on average not more than one false alarm in HORIZON / DETECTOR_ERROR entries. A
false alarm is one while every stream's mean is within `tolerance` of the reference's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from tallystick.domain.traffic import PPM, Entry
from tallystick.errors import InvalidInput
from tallystick.pipeline.evaluation.monitors.claims import UnsupportedClaims
from tallystick.pipeline.evaluation.monitors.detector import EMPTY, ONE, Capital, statistic, step, upper_bound
from tallystick.pipeline.evaluation.monitors.drift import ContextDrift, LabelDrift
from tallystick.pipeline.evaluation.monitors.monitor import Monitor, Plain
from tallystick.pipeline.evaluation.monitors.pairs import (
    ChainInstability,
    LanguageGap,
    RetrievalInconsistency,
)

MONITORS: Final[tuple[Monitor, ...]] = (
    ContextDrift(),
    LabelDrift(),
    RetrievalInconsistency(),
    ChainInstability(),
    LanguageGap(),
    UnsupportedClaims(),
)
RATE, HORIZON = Fraction(1, 100), 1000
REFERENCE_ERROR = Fraction(1, 400)  # that a bound lies below the mean it bounds
DETECTOR_ERROR = RATE - REFERENCE_ERROR
FEWEST_ENTRIES = 100
SHAPING_PART = 4


@dataclass(frozen=True, slots=True)
class Stream:
    """A bounded mean under test. `total` is the sum of its readings, ppm."""

    bound: int
    capital: Capital = EMPTY
    readings: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Watching:
    """One monitor at one place of the traffic. `threshold` is in units of ONE; a held one reads on, but tests nothing."""

    name: str
    shape: Plain
    memory: Plain
    threshold: int
    streams: Mapping[str, Stream]
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm, with the mean of the stream's readings since its reference or release, ppm."""

    monitor: str
    stream: str
    statistic: int
    threshold: int
    bound: int
    mean: int
    readings: int


def watch_from(entries: Sequence[Entry], monitors: Sequence[Monitor] = MONITORS) -> tuple[Watching, ...]:
    """Monitors with these entries as their reference: the first quarter shapes them, the rest sets their bounds."""
    if len(entries) < FEWEST_ENTRIES:
        raise InvalidInput(
            f"{len(entries)} entries are too few for a reference.", f"Serve {FEWEST_ENTRIES} answers or more."
        )
    return tuple(_from_reference(monitor, entries) for monitor in monitors)


def advance(
    watching: Sequence[Watching], entry: Entry, monitors: Sequence[Monitor] = MONITORS
) -> tuple[tuple[Watching, ...], tuple[Raised, ...]]:
    """Every monitor after one more entry, and the alarms that it raised."""
    moved, raised = [], []
    for state, monitor in zip(watching, monitors, strict=True):
        after, alarm = _move(state, monitor, entry)
        moved.append(after)
        raised += [alarm] if alarm else []
    return tuple(moved), tuple(raised)


def let_go(watching: Sequence[Watching], names: frozenset[str]) -> tuple[Watching, ...]:
    """Held monitors of these names test again, from nothing."""
    return tuple(_anew(w) if w.is_held and w.name in names else w for w in watching)


def begun_anew(watching: Sequence[Watching]) -> tuple[Watching, ...]:
    """The same reference before other traffic: no test has begun, and nothing is remembered."""
    return tuple(replace(_anew(w), memory={}) for w in watching)


def _anew(watching: Watching) -> Watching:
    fresh = {name: Stream(stream.bound) for name, stream in watching.streams.items()}
    return replace(watching, is_held=False, streams=fresh)


def _from_reference(monitor: Monitor, entries: Sequence[Entry]) -> Watching:
    first = len(entries) // SHAPING_PART
    shape = monitor.shape(entries[:first])
    memory, values = _read_through(monitor, shape, entries, first)
    bounds = _bounds(monitor, shape, values)
    threshold = ONE * monitor.width(shape) * HORIZON * DETECTOR_ERROR.denominator // DETECTOR_ERROR.numerator
    return Watching(monitor.name, shape, memory, threshold, {s: Stream(b) for s, b in bounds.items()})


def _read_through(
    monitor: Monitor, shape: Plain, entries: Sequence[Entry], first: int
) -> tuple[Plain, dict[str, list[int]]]:
    """The memory after all entries, and the values of those from `first` on."""
    memory: Plain = {}
    values: dict[str, list[int]] = {}
    for place, entry in enumerate(entries):
        read = monitor.read(shape, memory, entry)
        memory = read.memory
        for reading in read.readings if place >= first else ():
            values.setdefault(reading.stream, []).append(reading.value)
    return memory, values


def _bounds(monitor: Monitor, shape: Plain, values: Mapping[str, list[int]]) -> dict[str, int]:
    streams = monitor.streams(shape)
    if monitor.bound is not None:
        return dict.fromkeys(streams, monitor.bound)
    each = REFERENCE_ERROR / len(streams)
    return {s: min(PPM, upper_bound(values.get(s, ()), each) + monitor.tolerance) for s in streams}


def _move(state: Watching, monitor: Monitor, entry: Entry) -> tuple[Watching, Raised | None]:
    read = monitor.read(state.shape, state.memory, entry)
    if state.is_held or not read.readings:
        return replace(state, memory=read.memory), None
    streams = dict(state.streams)
    crossed: Raised | None = None
    for reading in read.readings:
        held = streams.get(reading.stream) or (Stream(monitor.bound) if monitor.bound else None)
        if held is None:
            continue  # a reference-bound stream that the reference did not name
        capital = step(held.capital, reading.value, held.bound)
        now = Stream(held.bound, capital, held.readings + 1, held.total + reading.value)
        streams[reading.stream] = now
        if statistic(capital) >= state.threshold and crossed is None:
            crossed = Raised(
                monitor=state.name,
                stream=reading.stream,
                statistic=statistic(capital),
                threshold=state.threshold,
                bound=now.bound,
                mean=now.total // now.readings,
                readings=now.readings,
            )
    return replace(state, memory=read.memory, streams=streams, is_held=crossed is not None), crossed
