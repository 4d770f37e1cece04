"""Moves the monitors of a release over its stored traffic: the same traffic, the same alarms."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tallystick.app.monitoring.course import points_of
from tallystick.app.monitoring.encoding import Progress, entry_of, progress_from, progress_text
from tallystick.commitments.canonical import canonical_json
from tallystick.commitments.keccak import keccak256
from tallystick.domain.ids import Hash
from tallystick.errors import IntegrityMismatch
from tallystick.pipeline.evaluation.monitors.watch import Raised, advance, let_go, watch_from
from tallystick.ports import Ledger, NewAlarm, StoredAlarm, StoredWatch, TrafficEntry

REFERENCE = 600
POINT_EVERY = 25  # entries between two points of a monitor's history
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Ran:
    """`waiting_for` answers are missing until there is a reference; `alarms` are new ones."""

    release: str
    entries: int
    waiting_for: int
    alarms: tuple[str, ...]


def run_monitors(ledger: Ledger, release: str, now: int, *, reference: int = REFERENCE) -> Ran:
    """Read all that was noted since the last run; the first `reference` entries of a release are its reference."""
    done, alarms = 0, list[str]()
    while True:
        stored = ledger.traffic.watch(release)
        since = stored.position if stored else 0
        if stored is None:
            entries = ledger.traffic.after(release, 0, reference)
            if len(entries) < reference:
                return Ran(release, done, reference - len(entries), tuple(alarms))
            progress, found = _referred(entries), list[NewAlarm]()
        else:
            entries = ledger.traffic.after(release, since, _AT_ONCE)
            if not entries:
                return Ran(release, done, 0, tuple(alarms))
            begun = _released(progress_from(stored.state), ledger.alarms.list(), release, since)
            progress, found = _moved(begun, release, entries)
        watch = StoredWatch(release, entries[-1].position, progress_text(progress))
        is_due = stored is None or since // POINT_EVERY != watch.position // POINT_EVERY or found
        points = points_of(progress.watching, entries[-1]) if is_due else ()
        ledger.traffic.advance(since, watch, found, now, points)
        done += len(entries)
        alarms += [f"{a.monitor}: {a.stream}" for a in found]


def replay(ledger: Ledger, alarm: StoredAlarm) -> NewAlarm:
    """The alarm again, out of the stored traffic alone; IntegrityMismatch when that does not raise it."""
    stored = ledger.traffic.watch(alarm.release)
    if stored is None:
        raise IntegrityMismatch(
            f"No monitor has read for alarm {alarm.number}.", "Restore the ledger from a copy."
        )
    then, entries = progress_from(stored.state), ledger.traffic.after(alarm.release, 0)
    progress, position = _referred([e for e in entries if e.position <= then.referred]), then.referred
    for entry in (e for e in entries if e.position > then.referred):
        names = frozenset(name for name, at in then.released if at == position)
        progress = replace(progress, watching=let_go(progress.watching, names))
        position = entry.position
        progress, found = _moved(progress, alarm.release, [entry])
        again = [a for a in found if a.monitor == alarm.found.monitor]
        if entry.position == alarm.found.position and again:
            return again[0]
        if entry.position > alarm.found.position:
            break
    raise IntegrityMismatch(
        f"The stored traffic does not raise alarm {alarm.number}.",
        "Somebody changed the ledger: stop and look.",
    )


def _referred(entries: Sequence[TrafficEntry]) -> Progress:
    watching = watch_from([entry_of(e) for e in entries])
    return Progress(watching, _trailed(b"", entries), entries[-1].position)


def _released(progress: Progress, alarms: Sequence[StoredAlarm], release: str, position: int) -> Progress:
    """Monitors whose last alarm is acknowledged begin anew."""
    last = {a.found.monitor: a for a in alarms if a.release == release}
    names = frozenset(
        w.name
        for w in progress.watching
        if w.is_held and w.name in last and last[w.name].acknowledgement is not None
    )
    begun = tuple((name, position) for name in sorted(names))
    return replace(progress, watching=let_go(progress.watching, names), released=(*progress.released, *begun))


def _moved(
    progress: Progress, release: str, entries: Sequence[TrafficEntry]
) -> tuple[Progress, list[NewAlarm]]:
    alarms: list[NewAlarm] = []
    for entry in entries:
        watching, raised = advance(progress.watching, entry_of(entry))
        progress = replace(progress, watching=watching, trail=_trailed(progress.trail, [entry]))
        alarms += [_alarm(each, release, entry.position, progress.trail) for each in raised]
    return progress, alarms


def _trailed(trail: bytes, entries: Sequence[TrafficEntry]) -> bytes:
    for entry in entries:
        head = entry.position.to_bytes(8, "big") + entry.kind.encode() + entry.receipt
        trail = keccak256(trail + head + keccak256(entry.payload.encode()))
    return trail


def _alarm(raised: Raised, release: str, position: int, trail: bytes) -> NewAlarm:
    """The evidence commits to all traffic up to here and to the numbers of the test."""
    facts = {
        "release": release,
        "monitor": raised.monitor,
        "stream": raised.stream,
        "position": position,
        "statistic": str(raised.statistic),
        "threshold": str(raised.threshold),
        "bound": raised.bound,
        "mean": raised.mean,
        "readings": raised.readings,
        "traffic": trail.hex(),
    }
    return NewAlarm(
        monitor=raised.monitor,
        stream=raised.stream,
        position=position,
        statistic=raised.statistic,
        threshold=raised.threshold,
        bound_ppm=raised.bound,
        mean_ppm=raised.mean,
        readings=raised.readings,
        evidence=Hash(keccak256(canonical_json(facts))),
    )
