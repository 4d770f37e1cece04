"""What people ask of monitors: where they stand, what an alarm says, that it was seen."""

from collections.abc import Callable
from dataclasses import dataclass

from tallystick.app.monitoring.course import Course, courses_of, nearest_of
from tallystick.app.monitoring.encoding import progress_from
from tallystick.app.monitoring.run import Ran, replay, run_monitors
from tallystick.domain.ids import Hash
from tallystick.domain.traffic import PPM
from tallystick.errors import IntegrityMismatch, InvalidInput
from tallystick.pipeline.evaluation.monitors.detector import ONE
from tallystick.pipeline.evaluation.monitors.watch import DETECTOR_ERROR, HORIZON, MONITORS, RATE, Watching
from tallystick.ports import Acknowledgement, Ledger, StoredAlarm


@dataclass(frozen=True, slots=True)
class MonitorLine:
    """`nearest` is the stream that is nearest to its alarm, `share_ppm` its statistic as a part of the threshold.

    `blind` are streams whose bound is 10^6, as the reference had too little to bound them.
    """

    release: str
    monitor: str
    state: str
    readings: int
    nearest: str
    share_ppm: int
    blind: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlarmLine:
    number: int
    release: str
    monitor: str
    stream: str
    raised_at: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Monitored:
    """`waiting` are releases that have no reference yet, each with the entries that were noted so far."""

    promotion_paused: bool
    rate: str
    monitors: tuple[MonitorLine, ...]
    waiting: tuple[tuple[str, int], ...]
    alarms: tuple[AlarmLine, ...]


@dataclass(frozen=True, slots=True)
class AlarmDetail:
    """`is_replayed`: the stored traffic gives the same alarm with the same evidence."""

    number: int
    release: str
    monitor: str
    watches: str
    stream: str
    raised_at: int
    position: int
    statistic: float
    threshold: float
    bound_ppm: int
    mean_ppm: int
    readings: int
    evidence: Hash
    is_replayed: bool
    acknowledged_at: int
    acknowledged_by: str
    why: str
    retrainings: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MonitorDesk:
    """`now` in seconds."""

    ledger: Ledger
    now: Callable[[], int]
    reference: int

    def list(self) -> Monitored:
        lines: list[MonitorLine] = []
        waiting: list[tuple[str, int]] = []
        for release in self.ledger.traffic.releases():
            stored = self.ledger.traffic.watch(release)
            if stored is None:
                waiting.append((release, self.ledger.traffic.count(release)))
            else:
                lines += [_line(release, w) for w in progress_from(stored.state).watching]
        alarms = tuple(_alarm_line(a) for a in self.ledger.alarms.list())
        return Monitored(any(a.is_open for a in alarms), stated_rate(), tuple(lines), tuple(waiting), alarms)

    def courses(self, model: str | None) -> tuple[Course, ...]:
        """Of the releases of one model, or of all."""
        chosen = [r for r in self.ledger.traffic.releases() if model in (None, r, r.partition("@")[0])]
        return tuple(course for release in chosen for course in courses_of(self.ledger, release))

    def show(self, number: int) -> AlarmDetail:
        alarm = self.ledger.alarms.get(number)
        found, given = alarm.found, alarm.acknowledgement
        return AlarmDetail(
            number=number,
            release=alarm.release,
            monitor=found.monitor,
            watches=next((m.watches for m in MONITORS if m.name == found.monitor), ""),
            stream=found.stream,
            raised_at=alarm.raised_at,
            position=found.position,
            statistic=found.statistic / ONE,
            threshold=found.threshold / ONE,
            bound_ppm=found.bound_ppm,
            mean_ppm=found.mean_ppm,
            readings=found.readings,
            evidence=found.evidence,
            is_replayed=self._is_replayed(alarm),
            acknowledged_at=given.acknowledged_at if given else 0,
            acknowledged_by=given.by_whom if given else "",
            why=given.why if given else "",
            retrainings=tuple(r.number for r in self.ledger.retrainings.list() if number in r.alarms),
        )

    def _is_replayed(self, alarm: StoredAlarm) -> bool:
        try:
            return replay(self.ledger, alarm) == alarm.found
        except IntegrityMismatch:
            return False

    def acknowledge(self, number: int, by_whom: str, why: str) -> AlarmLine:
        """From now on the alarm pauses nothing, and its monitor begins anew at the next run."""
        if not why.strip():
            raise InvalidInput("An acknowledgement needs a reason.", "Say what was found, with --why.")
        self.ledger.alarms.acknowledge(number, Acknowledgement(self.now(), by_whom, why.strip()))
        return _alarm_line(self.ledger.alarms.get(number))

    def run(self) -> tuple[Ran, ...]:
        """Every release's monitors over what they have not read yet."""
        return tuple(
            run_monitors(self.ledger, release, self.now(), reference=self.reference)
            for release in self.ledger.traffic.releases()
        )


def stated_rate() -> str:
    return (
        f"each monitor: a false alarm within {HORIZON} entries with probability at most {float(RATE):g}, "
        f"and after {int(HORIZON / DETECTOR_ERROR)} entries or more on average"
    )


def _line(release: str, watching: Watching) -> MonitorLine:
    streams = watching.streams
    nearest, share = nearest_of(watching)
    return MonitorLine(
        release=release,
        monitor=watching.name,
        state="alarmed" if watching.is_held else "watching",
        readings=max((s.readings for s in streams.values()), default=0),
        nearest=nearest,
        share_ppm=share,
        blind=tuple(sorted(name for name, s in streams.items() if s.bound >= PPM)),
    )


def _alarm_line(alarm: StoredAlarm) -> AlarmLine:
    found = alarm.found
    return AlarmLine(
        alarm.number,
        alarm.release,
        found.monitor,
        found.stream,
        alarm.raised_at,
        alarm.acknowledgement is None,
    )
