"""How monitors moved towards an alarm, entry by entry: the points that they left on their way."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from tallystick.domain.traffic import PPM
from tallystick.pipeline.evaluation.monitors.detector import statistic
from tallystick.pipeline.evaluation.monitors.watch import Stream, Watching
from tallystick.ports import Ledger, TrafficEntry, WatchPoint

MOST_POINTS = 1_200  # of all monitors of a release


@dataclass(frozen=True, slots=True)
class Course:
    """A monitor's points in the order of the traffic; an alarm is raised where its share reaches 10^6 ppm."""

    release: str
    monitor: str
    points: tuple[WatchPoint, ...]


def nearest_of(watching: Watching) -> tuple[str, int]:
    """The stream that is nearest to its alarm, and its statistic as a part of the threshold, ppm."""
    streams = watching.streams
    name = max(sorted(streams), key=lambda s: statistic(streams[s].capital), default="")
    return name, statistic(streams[name].capital) * PPM // watching.threshold if name else 0


def points_of(watching: Sequence[Watching], entry: TrafficEntry) -> tuple[WatchPoint, ...]:
    """Where every monitor stands after this entry."""
    return tuple(_point(each, entry) for each in watching)


def _point(watching: Watching, entry: TrafficEntry) -> WatchPoint:
    name, share = nearest_of(watching)
    stream = watching.streams.get(name, Stream(PPM))
    mean = stream.total // stream.readings if stream.readings else 0
    return WatchPoint(
        position=entry.position,
        monitor=watching.name,
        stream=name,
        read_at=entry.noted_at,
        share_ppm=min(share, 2**62),
        mean_ppm=mean,
        bound_ppm=stream.bound,
        readings=stream.readings,
    )


def courses_of(ledger: Ledger, release: str) -> tuple[Course, ...]:
    """Of a release's monitors, by name."""
    points = sorted(ledger.traffic.points(release, MOST_POINTS), key=lambda p: (p.monitor, p.position))
    by_monitor = groupby(points, key=lambda p: p.monitor)
    return tuple(Course(release, monitor, tuple(some)) for monitor, some in by_monitor)
