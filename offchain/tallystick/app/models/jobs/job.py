"""What a job is: its order, its state, and how far it is."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """A running job whose worker is gone is shown as interrupted: no process lived to write that down."""

    QUEUED = "queued"
    RUNNING = "running"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    DONE = "done"


WAITING = (State.QUEUED, State.INTERRUPTED)
RESUMABLE = (State.STOPPED, State.INTERRUPTED, State.FAILED)


@dataclass(frozen=True, slots=True)
class Crew:
    """Who trains: `workers` processes. `sharded` ones hold a part of the base each.

    They are on a Ray cluster where `ray` is its address, "local" for a Ray of this machine.
    """

    workers: int = 1
    sharded: bool = False
    ray: str | None = None

    @property
    def is_one_process(self) -> bool:
        """The job's own, that is."""
        return self.workers == 1 and self.ray is None

    @property
    def options(self) -> list[str]:
        """As the command line has them."""
        if self.is_one_process:
            return []
        told = ["--workers", str(self.workers), *(["--sharded"] if self.sharded else [])]
        return told + (["--ray", self.ray] if self.ray else [])


@dataclass(frozen=True, slots=True)
class Order:
    """What to train: the adapter's name, the data sets' ids as 0x hex, and the recipe that was named; and by whom.

    It is scored at so many `points` of its training, of which the last is the end.
    """

    name: str
    datasets: tuple[str, ...]
    recipe: str
    crew: Crew = Crew()
    points: int = 1


@dataclass(frozen=True, slots=True)
class Worker:
    """A process. Ids are used again, so the second it started, since 1970, tells it from a later one."""

    pid: int
    started: float


@dataclass(frozen=True, slots=True)
class Job:
    """`stage` is what a running one is doing, `reason` why it stopped or failed, `result` what a done one made."""

    number: int
    order: Order
    state: State
    created_at: int
    stage: str = ""
    reason: str = ""
    worker: Worker | None = None
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def may_resume(self) -> bool:
        return self.state in RESUMABLE


@dataclass(frozen=True, slots=True)
class StepMade:
    """One optimiser step: loss in nats, token ids a second, the process's peak memory in bytes, seconds to go."""

    step: int
    steps: int
    loss: float
    tokens_per_s: float
    peak_memory: int
    seconds_left: float


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job in a list."""

    job: int
    model: str
    state: str
    step: int
    steps: int
    created_at: int
    reason: str


@dataclass(frozen=True, slots=True)
class JobDetail:
    """A job with its run directory, the command that does the same again, and its last step."""

    job: int
    model: str
    state: str
    stage: str
    reason: str
    datasets: tuple[str, ...]
    created_at: int
    folder: str
    command: str
    progress: StepMade | None
    events: tuple[str, ...]
    result: dict[str, Any]
