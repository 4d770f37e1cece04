"""The loop: a worker does what is due, another what is long; a watcher beats the heart and stops both in order."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from tallystick.app.daemon.board import Board
from tallystick.app.daemon.duty import Duty, DutyState, began, failed, succeeded
from tallystick.errors import IntegrityViolation, NodeError
from tallystick.logbook import about
from tallystick.ports.observing.metrics import UNMEASURED, Metrics

_BEAT_S: Final = 1.0
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
        self._lock = threading.Lock()

    def run(self, stop: threading.Event) -> bool:
        """Until `stop` is set and the running step has ended; False when that took longer than the grace."""
        started = self._clock()
        workers = [
            threading.Thread(target=self._work, args=(stop, is_long), name=name, daemon=True)
            for is_long, name in ((False, "duties"), (True, "long duties"))
        ]
        for worker in workers:
            worker.start()
        self._tell(READY="1")
        while not stop.wait(_BEAT_S):
            self._beat("running", started)
        self._tell(STOPPING="1")
        _LOG.info("node stopping")
        self._beat("stopping", started)
        until = time.monotonic() + self._grace_s
        for worker in workers:
            worker.join(max(until - time.monotonic(), 0))
        self._beat("stopped", started)
        _LOG.info("node stopped")
        return not any(worker.is_alive() for worker in workers)

    def states(self) -> tuple[DutyState, ...]:
        with self._lock:
            return tuple(self._states.values())

    def _work(self, stop: threading.Event, is_long: bool) -> None:
        while not stop.is_set():
            duty = self._next_due(is_long)
            if duty is None:
                stop.wait(0.2)
                continue
            self._set(duty.name, lambda state: began(state, self._clock()))
            done = self._done(duty)
            self._set(duty.name, done)

    def _done(self, duty: Duty) -> Callable[[DutyState], DutyState]:
        with about(duty=duty.name):
            return self._tried(duty)

    def _tried(self, duty: Duty) -> Callable[[DutyState], DutyState]:
        try:
            word = duty.work()
        except NodeError as error:
            told, hopeless = str(error), isinstance(error, IntegrityViolation)
            _LOG.warning("%s failed: %s", duty.name, told)
        except Exception as error:  # a defect of ours must not end the other duties
            told, hopeless = f"{type(error).__name__}: {error}", False
            _LOG.exception("%s failed", duty.name)
        else:
            self._metrics.count("duty_runs", duty=duty.name, outcome="done")
            self._metrics.set("duty_last_success_timestamp_seconds", int(self._clock()), duty=duty.name)
            _LOG.log(self._level(duty, word), "%s done: %s", duty.name, word)
            return lambda state: succeeded(state, duty, self._clock(), word)
        self._metrics.count("duty_runs", duty=duty.name, outcome="failed")
        return lambda state: failed(state, duty, self._clock(), told, is_hopeless=hopeless)

    def _level(self, duty: Duty, word: str) -> int:
        """What a duty says again is no news; that it is well again is."""
        before = self._states[duty.name]
        is_news = before.failures or not (duty.is_quiet or before.word == word)
        return logging.INFO if is_news else logging.DEBUG

    def _next_due(self, is_long: bool) -> Duty | None:
        now, mine = self._clock(), {d.name for d in self._duties.values() if d.is_long == is_long}
        waiting = [
            s
            for s in self.states()
            if s.duty in mine and s.state in ("waiting", "failing") and s.due_at <= now
        ]
        first = min(waiting, key=lambda s: s.due_at, default=None)
        return self._duties[first.duty] if first else None

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
            self._metrics.set("duty_failures", state.failures, duty=state.duty)
            self._metrics.set("duty_given_up", state.state == "given up", duty=state.duty)
            self._metrics.set("duty_late", state.state == "late", duty=state.duty)

    def _set(self, name: str, change: Callable[[DutyState], DutyState]) -> None:
        with self._lock:
            self._states[name] = change(self._states[name])
