"""All jobs of a node, by number or by the name of the adapter that they make."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from tallystick.app.models.jobs.job import WAITING, Job, JobDetail, JobLine, Order, State
from tallystick.app.models.jobs.run_folder import JOB, RECIPE, RunFolder, locked, write_whole
from tallystick.errors import Conflict, IntegrityViolation, NotFound


@dataclass(frozen=True, slots=True)
class JobBook:
    """`folder` has one run directory a job, named by its number."""

    folder: Path

    def order(self, order: Order, files: Callable[[Path], Mapping[str, str]]) -> RunFolder:
        """A new queued job; its `files` (name to text, made for its folder) are there before it can be seen."""
        self.folder.mkdir(parents=True, exist_ok=True)
        made = self._next_folder()
        for name, text in files(made.path).items():
            write_whole(made.path / name, text)
        made.write(Job(int(made.path.name), order, State.QUEUED, int(time.time())))
        return made

    def runs(self) -> tuple[RunFolder, ...]:
        """By number, the oldest first."""
        return tuple(RunFolder(p.parent) for p in sorted(self.folder.glob(f"[0-9]*/{JOB}")))

    def find(self, name: str) -> RunFolder:
        """By number, or the newest job for a model of this name."""
        if name.isdecimal() and name.isascii():
            found = (run for run in self.runs() if int(run.path.name) == int(name))
        else:
            found = (run for run, job in reversed(self.readable()) if job.order.name == name)
        if (run := next(found, None)) is None:
            raise NotFound(f"There is no job {name!r}.", "`tallystick job list` has them all.")
        return run

    def readable(self) -> tuple[tuple[RunFolder, Job], ...]:
        """Jobs that are whole; one that is damaged hides no other."""
        made = []
        for run in self.runs():
            with suppress(IntegrityViolation):
                made.append((run, run.job()))
        return tuple(made)

    def next_waiting(self) -> RunFolder | None:
        """The oldest that is queued, or whose worker died."""
        return next((run for run, job in self.readable() if job.state in WAITING), None)

    def requeue(self, name: str) -> RunFolder:
        """A job that stopped, failed or was interrupted waits again. Conflict for any other."""
        run = self.find(name)
        with run.claimed():
            job = check_resumable(run)
            run.forget_stop()
            run.write(replace(job, state=State.QUEUED, worker=None, reason=""))
        return run

    def abort(self, name: str) -> RunFolder:
        """A waiting job is stopped here; a running one stops itself after its step, with a checkpoint."""
        run = self.find(name)
        job = run.job()
        if job.state in (State.DONE, State.FAILED, State.STOPPED):
            raise Conflict(f"The job {job.number} is {job.state} already.", "There is nothing to stop.")
        run.ask_to_stop()
        try:
            with run.claimed():
                job = run.job()
                if job.state in WAITING:
                    run.write(replace(job, state=State.STOPPED, worker=None, reason="aborted"))
                run.forget_stop()
        except Conflict:
            pass  # its worker reads the request
        return run

    @contextmanager
    def queue_held(self) -> Iterator[None]:
        """One process at a time works through the queue."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with locked(self.folder / "queue.lock") as is_mine:
            if not is_mine:
                raise Conflict("Another process works through the queue.", "Let it; it takes new jobs, too.")
            yield

    def _next_folder(self) -> RunFolder:
        taken = [int(p.name) for p in self.folder.iterdir() if p.name.isdigit()]
        number = max(taken, default=0) + 1
        while True:
            path = self.folder / f"{number:06d}"
            try:
                path.mkdir()
                return RunFolder(path)
            except FileExistsError:
                number += 1


def check_resumable(run: RunFolder) -> Job:
    job = run.job()
    if not job.may_resume:
        raise Conflict(
            f"The job {job.number} is {job.state}; it needs no resuming.", "See `tallystick job show`."
        )
    return job


def line_of(run: RunFolder) -> JobLine:
    """A damaged job, too, has a line."""
    try:
        job, made = run.job(), run.last_step()
    except IntegrityViolation as error:
        return JobLine(int(run.path.name), "", "damaged", 0, 0, 0, str(error))
    steps = (made.step, made.steps) if made else (0, 0)
    return JobLine(job.number, job.order.name, job.state, *steps, job.created_at, job.reason)


def detail_of(run: RunFolder) -> JobDetail:
    job = run.job()
    return JobDetail(
        job=job.number,
        model=job.order.name,
        state=job.state,
        stage=job.stage if job.state is State.RUNNING else "",
        reason=job.reason,
        datasets=job.order.datasets,
        created_at=job.created_at,
        folder=str(run.path),
        command=_command(run),
        progress=run.last_step(),
        events=run.events(),
        result=json.loads(json.dumps(job.result)),
    )


def _command(run: RunFolder) -> str:
    """Which heads the recipe; nothing where somebody has changed that."""
    try:
        head = (run.path / RECIPE).read_text(encoding="utf-8", errors="replace").partition("\n")[0]
    except OSError:
        return ""
    return head.removeprefix("# ") if head.startswith("# ") else ""
