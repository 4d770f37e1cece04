"""Retrainings as people see them: proposed by an alarm, a schedule or a person, run as far as they go."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.app.monitoring.retraining.loop import FINAL, STEPS, Loop
from tallystick.errors import Conflict, Unavailable
from tallystick.ports import Ledger, RetrainingStep, StoredRetraining

WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Shown:
    """`state` is the last step's outcome, or proposed."""

    number: int
    release: str
    cause: str
    alarms: tuple[int, ...]
    proposed_at: int
    state: str
    is_finished: bool


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step of a retraining with its reason; a waiting one is not done, and why says for what."""

    retraining: int
    step: str
    done_at: int
    outcome: str
    why: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RetrainingDesk:
    """`every_s` seconds after the last proposal for what serves, the schedule makes another; 0 is never."""

    loop: Loop
    every_s: int

    def propose(self, cause: str) -> Shown:
        """For what serves now; one that has not begun is the same proposal."""
        job = self.loop.ledger.retrainings.propose(self.loop.releases.serving(), cause, self.loop.now())
        return _shown(self.loop.ledger, job)

    def run(self, number: int | None) -> tuple[ShownStep, ...]:
        """All steps of that retraining; of all that are open when there is no number, and what each waits for."""
        if number is not None:
            return tuple(_step(step) for step in self.loop.run(number))
        if self._is_due():
            self.propose("schedule")
        open_ones = [job for job in shown(self.loop.ledger) if not job.is_finished]
        return tuple(step for job in open_ones for step in self._run_open(job.number))

    def _run_open(self, number: int) -> tuple[ShownStep, ...]:
        try:
            return tuple(_step(step) for step in self.loop.run(number))
        except (Conflict, Unavailable) as error:
            done = shown_steps(self.loop.ledger, number)
            return (*done, ShownStep(number, STEPS[len(done)], 0, WAITING, str(error), {}))

    def _is_due(self) -> bool:
        """Counted from the last proposal for this release, or from its first answer."""
        if not self.every_s:
            return False
        ledger, release = self.loop.ledger, self.loop.releases.serving()
        times = [r.proposed_at for r in ledger.retrainings.list() if r.release == release]
        times += [entry.noted_at for entry in ledger.traffic.after(release, 0, 1)]
        return bool(times) and self.loop.now() - max(times) >= self.every_s


def shown(ledger: Ledger) -> tuple[Shown, ...]:
    """Oldest first."""
    return tuple(_shown(ledger, job) for job in ledger.retrainings.list())


def shown_steps(ledger: Ledger, number: int) -> tuple[ShownStep, ...]:
    """NotFound for a retraining that was never proposed."""
    ledger.retrainings.get(number)
    return tuple(_step(step) for step in ledger.retrainings.steps(number))


def _shown(ledger: Ledger, job: StoredRetraining) -> Shown:
    steps = ledger.retrainings.steps(job.number)
    state = steps[-1].outcome if steps else "proposed"
    return Shown(job.number, job.release, job.cause, job.alarms, job.proposed_at, state, state in FINAL)


def _step(step: RetrainingStep) -> ShownStep:
    return ShownStep(step.retraining, step.step, step.done_at, step.outcome, step.why, json.loads(step.facts))
