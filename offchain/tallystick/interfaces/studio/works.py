"""Long work in the background of this process: it has progress, it can be left, and its end is kept for who asks later.

What writes to the chain goes one after the other, in one thread; what only reads may go beside it, and so may what
takes hours. Answers wait for none of them.
"""

import itertools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from tallystick.errors import NodeError, NotFound
from tallystick.interfaces.studio.access.sessions import Role, Session

MOST_KEPT = 200
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Work:
    """State is waiting, running, done or failed. `page` is where its end is shown; `owner` who began it.

    `halt` ends it early, in good order, when the studio closes.
    """

    number: int
    title: str
    page: str
    owner: str
    halt: Callable[[], None] | None = None
    state: str = "waiting"
    step: str = ""
    done: int = 0
    total: int = 0
    result: Any = None
    error: NodeError | None = None
    began_at: float = field(default_factory=time.time)
    ended_at: float = 0.0

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed")


_current: ContextVar[Work | None] = ContextVar("work", default=None)


def report(what: str, done: int, total: int) -> None:
    """Given to the application as its report: goes to the work of the thread that calls."""
    work = _current.get()
    if work is not None:
        work.step, work.done, work.total = what, done, total


class Works:
    """All of this process, the newest last."""

    def __init__(self, readers: int = 2, answers: int = 4) -> None:
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="studio-writes")
        self._reading = ThreadPoolExecutor(readers, thread_name_prefix="studio-reads")
        self._answers = ThreadPoolExecutor(answers, thread_name_prefix="studio-answers")
        self._hours = ThreadPoolExecutor(1, thread_name_prefix="studio-hours")
        self._numbers, self._lock = itertools.count(1), threading.Lock()
        self._kept: dict[int, Work] = {}

    def start(
        self, title: str, job: Callable[[], Any], *, page: str, owner: str, is_writing: bool = True
    ) -> Work:
        """What writes and was ordered in the same words by the same owner is that same work until it is over: a second
        click pays nothing twice."""
        with self._lock:
            asked = (title, page, owner)
            same = (w for w in self._kept.values() if (w.title, w.page, w.owner) == asked and not w.is_over)
            if is_writing and (found := next(same, None)):
                return found
            work = Work(next(self._numbers), title, page, owner)
            self._keep(work)
        (self._writing if is_writing else self._reading).submit(_do, work, job)
        return work

    def start_answer(self, title: str, job: Callable[[], Any], *, page: str, owner: str) -> Work:
        """What somebody waits for while it comes: long work of others does not hold it up."""
        work = Work(next(self._numbers), title, page, owner)
        with self._lock:
            self._keep(work)
        self._answers.submit(_do, work, job)
        return work

    def start_hours(
        self, title: str, job: Callable[[], Any], *, page: str, owner: str, halt: Callable[[], None]
    ) -> Work:
        """What may take hours keeps nobody else waiting; one after the other of its kind."""
        work = Work(next(self._numbers), title, page, owner, halt)
        with self._lock:
            self._keep(work)
        self._hours.submit(_do, work, job)
        return work

    def latest(self, page: str) -> Work | None:
        """The newest that ends at a page."""
        with self._lock:
            return next((w for w in reversed(self._kept.values()) if w.page == page), None)

    def find(self, number: int) -> Work:
        with self._lock:
            if number in self._kept:
                return self._kept[number]
        raise _unknown(number)

    def find_of(self, number: int, session: Session) -> Work:
        """For whoever began it, or for the operator; to others it is not there."""
        work = self.find(number)
        if session.role < Role.OPERATOR and (not work.owner or work.owner != session.address):
            raise _unknown(number)
        return work

    def under_way_of(self, session: Session) -> tuple[Work, ...]:
        """Titles name data sets, models and receipts: one's own; the operator's are all."""
        return tuple(
            w for w in self.under_way() if session.role is Role.OPERATOR or w.owner == session.address
        )

    def under_way(self) -> tuple[Work, ...]:
        with self._lock:
            return tuple(w for w in self._kept.values() if not w.is_over)

    def _keep(self, work: Work) -> None:
        self._kept[work.number] = work
        for old in [n for n, w in self._kept.items() if w.is_over][: max(len(self._kept) - MOST_KEPT, 0)]:
            del self._kept[old]

    def close(self) -> None:
        """Waits for what has begun."""
        for work in self.under_way():
            if work.halt is not None:
                work.halt()
        for pool in (self._writing, self._reading, self._answers, self._hours):
            pool.shutdown(wait=True, cancel_futures=True)


def _unknown(number: int) -> NotFound:
    return NotFound(f"There is no work {number} here.", "It was long ago, or the studio was started anew.")


def _do(work: Work, job: Callable[[], Any]) -> None:
    _current.set(work)
    work.state = "running"
    try:
        work.result = job()
        work.state = "done"
    except NodeError as error:
        work.error, work.state = error, "failed"
    except Exception as error:  # a defect of ours: the work has failed, and the studio goes on
        _log.exception("the work %r failed", work.title)
        work.error = NodeError(f"The studio failed: {type(error).__name__}.", "Its log says more.")
        work.state = "failed"
    finally:
        work.ended_at = time.time()
