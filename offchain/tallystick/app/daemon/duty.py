"""One thing that a node does by itself, how often, and what comes of it."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Final

from tallystick.sections import Daemon

MOST_PAUSE_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class Duty:
    """`work` says in one line what it did. Without an interval it is done by hand only. Times in seconds.

    Late is not dead: past the deadline there is an alarm, and the step goes on. After `gives_up_after` failures
    in a row it rests until the node is started again. What a quiet one says is no news. A long one is done beside the
    others, for which windows close.
    """

    name: str
    work: Callable[[], str]
    interval_s: float
    deadline_s: float
    gives_up_after: int = 20
    is_quiet: bool = False
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """A duty before it has work to do; how often is a setting `daemon.NAME`, and without that it is by hand only."""

    name: str
    deadline_s: float
    is_quiet: bool = False
    is_long: bool = False

    def of(self, work: Callable[[], str], interval_s: float) -> Duty:
        return Duty(
            self.name, work, interval_s, self.deadline_s, is_quiet=self.is_quiet, is_long=self.is_long
        )


DUTIES: Final = (
    Planned("index", 600, is_quiet=True),
    Planned("outbox", 300),
    Planned("settle", 1_800),
    Planned("survey", 300),
    Planned("monitors", 1_800, is_long=True),
    Planned("watch", 3_600, is_long=True),
    Planned("audits", 1_800),
    Planned("verify", 7_200, is_long=True),
    Planned("content", 3_600, is_long=True),
    Planned("redeem", 300),
    Planned("batch", 300),
)
_TIMED: Final = {each.name for each in fields(Daemon)}
BY_HAND: Final = tuple(duty.name for duty in DUTIES if duty.name not in _TIMED)


@dataclass(frozen=True, slots=True)
class DutyState:
    """State is waiting, running, late, failing or given up. Times in Unix seconds; `word` is the last one said."""

    duty: str
    state: str = "waiting"
    runs: int = 0
    failures: int = 0
    started_at: int = 0
    ended_at: int = 0
    due_at: int = 0
    word: str = ""

    @property
    def is_alarming(self) -> bool:
        return self.state in ("late", "given up")


def began(state: DutyState, now: float) -> DutyState:
    return replace(state, state="running", started_at=int(now))


def succeeded(state: DutyState, duty: Duty, now: float, word: str) -> DutyState:
    return replace(
        state,
        state="waiting",
        runs=state.runs + 1,
        failures=0,
        ended_at=int(now),
        due_at=int(now + duty.interval_s),
        word=word,
    )


def failed(
    state: DutyState, duty: Duty, now: float, word: str, *, is_hopeless: bool, passes: bool = False
) -> DutyState:
    """Twice the pause after each failure in a row, then none at all; what `passes` by itself is tried without end."""
    failures = state.failures + 1
    gave_up = is_hopeless or (failures >= duty.gives_up_after and not passes)
    pause = min(max(duty.interval_s, 1.0) * 2 ** min(failures - 1, 16), max(MOST_PAUSE_S, duty.interval_s))
    return replace(
        state,
        state="given up" if gave_up else "failing",
        runs=state.runs + 1,
        failures=failures,
        ended_at=int(now),
        due_at=0 if gave_up else int(now + pause),
        word=word,
    )
