"""The loop: a worker does what is due, another what is long; a watcher beats the heart and stops both in order."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from tallystick.app.daemon.board import Board
from tallystick.app.daemon.duty import Duty, DutyState, began, failed, succeeded
from tallystick.errors import FeesSpent, IntegrityViolation, NodeError
from tallystick.logbook import about
from tallystick.ports.observing.metrics import UNMEASURED, Metrics

_BEAT_S: Final = 1.0
DIED: Final = "Its worker died, and another took its place: the log has the defect."
_LOG: Final = logging.getLogger("tallystick.node")


class Daemon:
    """Duties one at a time, in the order in which they come due; long ones likewise, among themselves.

    Both workers share one key and one ledger, whose locks keep their transactions apart.
    """

    def __init__(
        self,
        duties: Sequence[Duty],
        board: Board,
        *,
        grace_s: float,
        clock: Callable[[], float] = time.time,
        metrics: Metrics = UNMEASURED,
        tell: Callable[..., None] = lambda **state: None,
    ) -> None:
        self._metrics, self._tell = metrics, tell
        self._duties = {duty.name: duty for duty in duties}
        self._states = {duty.name: DutyState(duty.name) for duty in duties}
        self._board, self._grace_s, self._clock = board, grace_s, clock
        self._due = dict.fromkeys(self._duties, 0.0)  # monotonic: a clock set back must not put work off
        self._lock = threading.Lock()

    def run(self, stop: threading.Event) -> bool:
        """Until `stop` is set and the running step has ended; False when that took longer than the grace."""
        started = self._clock()
        workers = {is_long: self._worker(stop, is_long) for is_long in (False, True)}
        self._tell(READY="1")
        while not stop.wait(_BEAT_S):
            for is_long, worker in workers.items():
                if not worker.is_alive() and not stop.is_set():
                    workers[is_long] = self._replaced(stop, is_long)
            self._beat("running", started)
        self._tell(STOPPING="1")
        _LOG.info("node stopping")
        self._beat("stopping", started)
        until = time.monotonic() + self._grace_s
        for worker in workers.values():
            worker.join(max(until - time.monotonic(), 0))
        self._beat("stopped", started)
        _LOG.info("node stopped")
        return not any(worker.is_alive() for worker in workers.values())

    def states(self) -> tuple[DutyState, ...]:
        with self._lock:
            return tuple(self._states.values())

    def _worker(self, stop: threading.Event, is_long: bool) -> threading.Thread:
        name = "long duties" if is_long else "duties"
        worker = threading.Thread(target=self._work, args=(stop, is_long), name=name, daemon=True)
        worker.start()
        return worker

    def _replaced(self, stop: threading.Event, is_long: bool) -> threading.Thread:
        """In the place of a worker that died: what it was at has failed, and its duties go on."""
        for state in self.states():
            duty = self._duties[state.duty]
            if duty.is_long == is_long and state.state in ("running", "late"):
                _LOG.error("worker_died duty=%s", duty.name)
                self._ended(duty, partial(self._died, duty))
                self._counted("duty_runs", duty=duty.name, outcome="failed")
        self._counted("worker_restarts")
        return self._worker(stop, is_long)

    def _died(self, duty: Duty, state: DutyState) -> DutyState:
        return failed(state, duty, self._clock(), DIED, is_hopeless=False)

    def _work(self, stop: threading.Event, is_long: bool) -> None:
        while not stop.is_set():
            duty = self._next_due(is_long)
            if duty is None:
                stop.wait(0.2)
                continue
            self._set(duty.name, lambda state: began(state, self._clock()))
            with about(duty=duty.name):
                self._ended(duty, self._tried(duty))

    def _ended(self, duty: Duty, done: Callable[[DutyState], DutyState]) -> None:
        now, ended = self._clock(), self._set(duty.name, done)
        self._due[duty.name] = time.monotonic() + max(ended.due_at - now, 0)

    def _tried(self, duty: Duty) -> Callable[[DutyState], DutyState]:
        passes = False
        try:
            word = duty.work()
        except NodeError as error:
            passes = isinstance(error, FeesSpent)
            told, hopeless = str(error), isinstance(error, IntegrityViolation)
            _LOG.warning("%s failed: %s", duty.name, told)
        except Exception as error:  # a defect of ours must not end the other duties
            told, hopeless = f"{type(error).__name__}: {error}", False
            _LOG.exception("%s failed", duty.name)
        else:
            self._counted("duty_runs", duty=duty.name, outcome="done")
            self._gauged("duty_last_success_timestamp_seconds", int(self._clock()), duty=duty.name)
            _LOG.log(self._level(duty, word), "%s done: %s", duty.name, word)
            return lambda state: succeeded(state, duty, self._clock(), word)
        self._counted("duty_runs", duty=duty.name, outcome="failed")
        return lambda state: failed(state, duty, self._clock(), told, is_hopeless=hopeless, passes=passes)

    def _level(self, duty: Duty, word: str) -> int:
        """What a duty says again is no news; that it is well again is."""
        before = self._states[duty.name]
        is_news = before.failures or not (duty.is_quiet or before.word == word)
        return logging.INFO if is_news else logging.DEBUG

    def _next_due(self, is_long: bool) -> Duty | None:
        now, mine = time.monotonic(), {d.name for d in self._duties.values() if d.is_long == is_long}
        waiting = [
            s.duty
            for s in self.states()
            if s.duty in mine and s.state in ("waiting", "failing") and self._due[s.duty] <= now
        ]
        first = min(waiting, key=self._due.__getitem__, default=None)
        return self._duties[first] if first else None

    def _beat(self, state: str, started: float) -> None:
        now = self._clock()
        for shown in self.states():
            late = shown.state == "running" and now - shown.started_at > self._duties[shown.duty].deadline_s
            if late:
                _LOG.error("%s is late: it runs for %d s", shown.duty, now - shown.started_at)
                self._set(shown.duty, lambda s: replace(s, state="late") if s.state == "running" else s)
        self._show()
        self._board.write(state, started, now, self.states())
        alarming = [shown.duty for shown in self.states() if shown.is_alarming]
        self._tell(
            WATCHDOG="1", STATUS=f"{state}; {'look at ' + ', '.join(alarming) if alarming else 'well'}"
        )

    def _show(self) -> None:
        for state in self.states():
            self._gauged("duty_failures", state.failures, duty=state.duty)
            self._gauged("duty_given_up", state.state == "given up", duty=state.duty)
            self._gauged("duty_late", state.state == "late", duty=state.duty)

    def _counted(self, name: str, **labels: str) -> None:
        try:
            self._metrics.count(name, 1, **labels)
        except Exception:  # a number that cannot be told ends no work
            _LOG.exception("number_not_told name=%s", name)

    def _gauged(self, name: str, value: float, **labels: str) -> None:
        try:
            self._metrics.set(name, value, **labels)
        except Exception:
            _LOG.exception("number_not_told name=%s", name)

    def _set(self, name: str, change: Callable[[DutyState], DutyState]) -> DutyState:
        with self._lock:
            self._states[name] = change(self._states[name])
            return self._states[name]
