"""The ledger's books of served traffic: what monitors read, the alarms they raised, and what followed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tallystick.domain.ids import Hash


@dataclass(frozen=True, slots=True)
class NewEntry:
    """`payload` is the caller's; `kind` is answer or feedback."""

    kind: str
    receipt: Hash
    noted_at: int
    payload: str


@dataclass(frozen=True, slots=True)
class TrafficEntry:
    """An entry at its place in all traffic."""

    position: int
    release: str
    kind: str
    receipt: Hash
    noted_at: int
    payload: str


@dataclass(frozen=True, slots=True)
class StoredWatch:
    """Where the monitors of a release stand after `position`; `state` is the caller's."""

    release: str
    position: int
    state: str


@dataclass(frozen=True, slots=True)
class WatchPoint:
    """Where a monitor stood at a place of the traffic: its stream that was nearest to an alarm.

    `share_ppm` is its statistic as a part of the threshold, `mean_ppm` of its `readings` so far, under `bound_ppm`.
    """

    position: int
    monitor: str
    stream: str
    read_at: int
    share_ppm: int
    mean_ppm: int
    bound_ppm: int
    readings: int


@dataclass(frozen=True, slots=True)
class NewAlarm:
    """What a monitor found at a place of the traffic. `evidence` commits to all that led to it."""

    monitor: str
    stream: str
    position: int
    statistic: int
    threshold: int
    bound_ppm: int
    mean_ppm: int
    readings: int
    evidence: Hash


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    acknowledged_at: int
    by_whom: str
    why: str


@dataclass(frozen=True, slots=True)
class StoredAlarm:
    """An alarm is open until it is acknowledged."""

    number: int
    release: str
    raised_at: int
    found: NewAlarm
    acknowledgement: Acknowledgement | None = None


@dataclass(frozen=True, slots=True)
class StoredRetraining:
    """`cause` is alarm, schedule or person; `alarms` are those that it answers."""

    number: int
    release: str
    cause: str
    proposed_at: int
    alarms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RetrainingStep:
    """`facts` is the caller's JSON."""

    retraining: int
    step: str
    done_at: int
    outcome: str
    why: str
    facts: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a consumer said of an answer; a correction only ever with consent to train on it."""

    receipt: Hash
    is_good: bool
    may_train: bool
    correction: str | None
    given_at: int


class Traffic(Protocol):
    def note(self, release: str, entries: Sequence[NewEntry]) -> None: ...
    def release_of(self, receipt: Hash) -> str: ...
    def after(self, release: str, position: int, limit: int = ...) -> tuple[TrafficEntry, ...]: ...
    def count(self, release: str) -> int: ...
    def releases(self) -> tuple[str, ...]: ...
    def watch(self, release: str) -> StoredWatch | None: ...
    def advance(
        self,
        since: int,
        watch: StoredWatch,
        alarms: Sequence[NewAlarm],
        now: int,
        points: Sequence[WatchPoint] = ...,
    ) -> None: ...
    def points(self, release: str, limit: int) -> tuple[WatchPoint, ...]: ...


class Alarms(Protocol):
    def list(self, *, open_only: bool = ...) -> tuple[StoredAlarm, ...]: ...
    def get(self, number: int) -> StoredAlarm: ...
    def acknowledge(self, number: int, given: Acknowledgement) -> None: ...


class Retrainings(Protocol):
    def propose(self, release: str, cause: str, now: int) -> StoredRetraining: ...
    def get(self, number: int) -> StoredRetraining: ...
    def list(self) -> tuple[StoredRetraining, ...]: ...
    def record(self, step: RetrainingStep) -> None: ...
    def steps(self, number: int) -> tuple[RetrainingStep, ...]: ...


class Feedbacks(Protocol):
    def give(self, feedback: Feedback) -> None: ...
    def of_release(self, release: str) -> tuple[Feedback, ...]: ...
