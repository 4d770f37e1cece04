"""A job's run directory. Every state is written whole or not at all, and by the one process that holds the job."""

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from tallystick.app.models.jobs.job import Crew, Job, Order, State, StepMade, Worker
from tallystick.errors import Conflict, IntegrityViolation, NotFound

JOB, LOCK, ABORT, PROGRESS, EVENTS = "job.json", "lock", "abort", "progress.jsonl", "events.txt"
RECIPE, CARE, DATA, FACTS = "recipe.toml", "care.toml", "data.json", "facts.json"
QUARANTINE = "quarantine.jsonl"
CHECKPOINTS, ADAPTER, SEALED, SETS = "checkpoints", "adapter", "sealed.json", "evaluation_sets.json"
_STARTED_SLACK_S = 0.02  # a start time is read in clock ticks


@dataclass(frozen=True, slots=True)
class RunFolder:
    """`path` exists. What a job is can be read at any time; it is changed inside `claimed` alone."""

    path: Path

    def job(self) -> Job:
        """As it is now: a running job without its worker is interrupted."""
        try:
            told = json.loads((self.path / JOB).read_text(encoding="utf-8"))
            job = _job(told)
        except FileNotFoundError as error:
            raise NotFound(
                f"There is no job in {self.path}.", "`tallystick job list` has them all."
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise IntegrityViolation(
                f"{self.path / JOB} is damaged: {error!r}.", "Remove that folder, and train anew."
            ) from error
        is_dead = job.state is State.RUNNING and not (job.worker and is_alive(job.worker))
        return replace(job, state=State.INTERRUPTED) if is_dead else job

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """While open no other process works on this job; the kernel ends it with the process, however that dies."""
        with locked(self.path / LOCK) as is_mine:
            if not is_mine:
                worker = self.job().worker
                raise Conflict(
                    f"Process {worker.pid if worker else '(unknown)'} works on this job.",
                    f"Wait for it, or stop it: `tallystick job abort {self.path.name.lstrip('0')}`.",
                )
            yield

    def write(self, job: Job) -> None:
        """For who holds the claim, or has just made the folder."""
        write_whole(self.path / JOB, json.dumps(asdict(job), indent=1) + "\n")

    def note_step(self, made: StepMade) -> None:
        with (self.path / PROGRESS).open("a", encoding="utf-8") as out:
            out.write(json.dumps(asdict(made)) + "\n")

    def last_step(self) -> StepMade | None:
        """The last whole line: what a dying process left of a line is passed over."""
        found = (_step(line) for line in reversed(_lines(self.path / PROGRESS)))
        return next((made for made in found if made is not None), None)

    def steps(self) -> tuple[StepMade, ...]:
        """Each step once, in order: what was done again after a checkpoint counts as it was done last."""
        found = (_step(line) for line in _lines(self.path / PROGRESS))
        made = {each.step: each for each in found if each is not None}
        return tuple(made[step] for step in sorted(made))

    def mend_progress(self) -> None:
        """A line that was cut off ends here, so that the next one stands alone."""
        path = self.path / PROGRESS
        if path.exists() and not path.read_bytes().endswith(b"\n"):
            with path.open("a", encoding="utf-8") as out:
                out.write("\n")

    def note_event(self, sentence: str) -> None:
        with (self.path / EVENTS).open("a", encoding="utf-8") as out:
            out.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {sentence}\n")

    def events(self) -> tuple[str, ...]:
        return tuple(_lines(self.path / EVENTS))

    def ask_to_stop(self) -> None:
        (self.path / ABORT).touch()

    def is_asked_to_stop(self) -> bool:
        return (self.path / ABORT).exists()

    def forget_stop(self) -> None:
        (self.path / ABORT).unlink(missing_ok=True)


def this_process() -> Worker:
    return Worker(os.getpid(), psutil.Process().create_time())


def is_alive(worker: Worker) -> bool:
    """Whether that very process still runs; one that waits to be buried does not."""
    try:
        found = psutil.Process(worker.pid)
        same = abs(found.create_time() - worker.started) <= _STARTED_SLACK_S
        return bool(same and found.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """On the disk under its name, whole, or not there."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    part.touch(mode)
    with part.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)


def write_facts(path: Path, facts: Mapping[str, str]) -> None:
    write_whole(path, json.dumps(dict(facts), indent=1) + "\n")


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Whether no other process held the file's lock; held while open."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(handle)


def _step(line: str) -> StepMade | None:
    try:
        return StepMade(**json.loads(line))
    except (ValueError, TypeError):
        return None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []


def _job(told: Mapping[str, Any]) -> Job:
    order, worker = told["order"], told["worker"]
    return Job(
        number=int(told["number"]),
        order=Order(
            str(order["name"]),
            tuple(order["datasets"]),
            str(order["recipe"]),
            Crew(**order.get("crew", {})),
            int(order.get("points", 1)),
        ),
        state=State(told["state"]),
        created_at=int(told["created_at"]),
        stage=str(told["stage"]),
        reason=str(told["reason"]),
        worker=Worker(int(worker["pid"]), float(worker["started"])) if worker else None,
        result=dict(told["result"]),
    )
