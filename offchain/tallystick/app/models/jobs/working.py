"""Works on one job: its states from the claim to the end, whatever happens in between."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from tallystick.app.models.jobs.job import Job, State, StepMade
from tallystick.app.models.jobs.run_folder import CHECKPOINTS, FACTS, RunFolder, this_process, write_facts
from tallystick.app.models.jobs.watch import Progress, Watch
from tallystick.errors import Conflict, NodeError


class _Aborted(Exception):
    """Somebody asked for it from outside."""


def work(
    run: RunFolder,
    make: Callable[[Job, Watch], dict[str, Any]],
    progress: Progress,
    expected: Collection[State],
) -> Job:
    """Do a job that is in one of the `expected` states; `make` gives its result. What ends it early is written down.

    Conflict when another process has it, when it is in another state by now, and when it is aborted.
    """
    with run.claimed():
        job = run.job()
        if job.state not in expected:
            raise Conflict(f"The job {job.number} is {job.state} by now.", "See `tallystick job show`.")
        run.forget_stop()
        run.mend_progress()
        job = replace(job, state=State.RUNNING, worker=this_process(), stage="reading the data", reason="")
        run.write(job)
        try:
            result = make(job, _watch(run, job, progress))
        except _Aborted:
            run.write(_ended(job, State.STOPPED, "aborted"))
            raise Conflict(f"The job {job.number} was aborted.", _again(job)) from None
        except KeyboardInterrupt:
            run.write(_ended(job, State.STOPPED, "stopped by Ctrl-C"))
            raise KeyboardInterrupt(_again(job)) from None
        except NodeError as error:
            run.write(_ended(job, State.FAILED, str(error)))
            raise
        except Exception as error:
            run.write(_ended(job, State.FAILED, f"{type(error).__name__}: {error}"))
            raise
        done = replace(_ended(job, State.DONE, ""), result=result)
        run.write(done)
        return done


def _again(job: Job) -> str:
    return f"Go on with it: `tallystick job resume {job.number}`."


def _ended(job: Job, state: State, reason: str) -> Job:
    return replace(job, state=state, stage="", reason=reason, worker=None)


def _watch(run: RunFolder, job: Job, progress: Progress) -> Watch:
    """Steps and stages go to the run directory; after each the request to stop is looked for."""

    def check_stop() -> None:
        if run.is_asked_to_stop():
            run.forget_stop()
            raise _Aborted

    def step(made: StepMade) -> None:
        run.note_step(made)
        check_stop()

    def stage(name: str) -> None:
        run.write(replace(job, stage=name))
        check_stop()

    def facts(told: dict[str, str]) -> None:
        write_facts(run.path / FACTS, told)

    return Watch(progress, step, run.note_event, stage, facts, run.path / CHECKPOINTS, run.path)
