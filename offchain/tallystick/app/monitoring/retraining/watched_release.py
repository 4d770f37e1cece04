"""A release's first answers under the reference of the one before: harm shows before it has one of its own."""

from dataclasses import dataclass
from enum import Enum

from tallystick.app.monitoring.encoding import entry_of, progress_from
from tallystick.pipeline.evaluation.monitors.watch import advance, begun_anew, let_go
from tallystick.ports import Ledger

# Other questions or other classes of answers are no harm that an adapter does.
HARMS = frozenset({"retrieval-inconsistency", "chain-instability", "language-gap", "unsupported-claims"})
HARM_STREAMS = frozenset({"feedback bad", "feedback corrected"})
ENTRIES = 300


class Verdict(Enum):
    TOO_FEW = "too few"
    SOUND = "sound"
    HARMED = "harmed"


@dataclass(frozen=True, slots=True)
class WatchedRelease:
    state: Verdict
    entries: int
    alarms: tuple[str, ...]


def watch_release(ledger: Ledger, *, before: str, release: str, enough: int = ENTRIES) -> WatchedRelease:
    """The first `enough` entries of `release` against the reference of `before`; without one, there is nothing to see."""
    stored = ledger.traffic.watch(before)
    entries = ledger.traffic.after(release, 0, enough)
    alarms: list[str] = []
    watching = () if stored is None else progress_from(stored.state).watching
    fresh = begun_anew(watching)
    for entry in entries if fresh else ():
        fresh, raised = advance(fresh, entry_of(entry))
        harm = [r for r in raised if r.monitor in HARMS or r.stream in HARM_STREAMS]
        alarms += [f"{r.monitor}: {r.stream}" for r in harm]
        fresh = let_go(fresh, frozenset(r.monitor for r in raised if r not in harm))
    state = Verdict.HARMED if alarms else Verdict.SOUND if len(entries) >= enough else Verdict.TOO_FEW
    return WatchedRelease(state, len(entries), tuple(alarms))
