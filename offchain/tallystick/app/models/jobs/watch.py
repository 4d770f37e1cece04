"""Who is told while a training runs: a person, and the run directory."""

import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tallystick.app.models.jobs.job import StepMade
from tallystick.app.models.jobs.run_folder import RunFolder

Progress = Callable[[int, int, str], None]
LOOK_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Watch:
    """A person, a log of steps, and a log of what else happened.

    `facts` gets what the adapter's bits depend on. `checkpoints` is where to keep them; None keeps none. `run` is the
    job's directory, which workers write into themselves; without it they tell no steps.
    """

    progress: Progress = lambda done, total, note: None
    step: Callable[[StepMade], None] = lambda made: None
    event: Callable[[str], None] = lambda sentence: None
    stage: Callable[[str], None] = lambda name: None
    facts: Callable[[dict[str, str]], None] = lambda facts: None
    checkpoints: Path | None = None
    run: Path | None = None


def counting(watch: Watch) -> Callable[[int, int, float, float], None]:
    """A loop's progress as steps with memory and time left."""
    start, first = time.monotonic(), 0

    def counted(step: int, steps: int, loss: float, rate: float) -> None:
        nonlocal first
        first = first or step - 1
        each = (time.monotonic() - start) / (step - first)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        watch.step(StepMade(step, steps, loss, rate, memory, round(each * (steps - step), 1)))
        watch.progress(step, steps, note_of(loss, rate))

    return counted


def note_of(loss: float, rate: float) -> str:
    return f"loss {loss:.3f}, {rate:.0f} tokens/s"


@contextmanager
def retold(watch: Watch) -> Iterator[None]:
    """While open, a person hears of the steps that other processes write into the run directory."""
    if watch.run is None:
        yield
        return
    run, ended = RunFolder(watch.run), threading.Event()
    told = run.last_step()

    def tell() -> None:
        nonlocal told
        while not ended.wait(LOOK_EVERY_S):
            made = run.last_step()
            if made is not None and made != told:
                watch.progress(made.step, made.steps, note_of(made.loss, made.tokens_per_s))
            told = made

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join()
