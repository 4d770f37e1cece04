"""Long work in the background of this process: it has progress, it can be left, and its end is kept for who asks later.

What writes to the chain goes one after the other, in one thread; what only reads may go beside it.
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

MOST_KEPT = 200
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Work:
    """State is waiting, running, done or failed. `page` is where its end is shown; `owner` who began it."""

    number: int
    title: str
    page: str
    owner: str
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

    def __init__(self, readers: int = 2) -> None:
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="studio-writes")
        self._reading = ThreadPoolExecutor(readers, thread_name_prefix="studio-reads")
        self._numbers, self._lock = itertools.count(1), threading.Lock()
        self._kept: dict[int, Work] = {}

    def start(
        self, title: str, job: Callable[[], Any], *, page: str, owner: str, is_writing: bool = True
    ) -> Work:
        work = Work(next(self._numbers), title, page, owner)
        with self._lock:
            self._kept[work.number] = work
            for old in [n for n, w in self._kept.items() if w.is_over][: max(len(self._kept) - MOST_KEPT, 0)]:
                del self._kept[old]
        (self._writing if is_writing else self._reading).submit(_do, work, job)
        return work

    def find(self, number: int) -> Work:
        with self._lock:
            if number in self._kept:
                return self._kept[number]
        raise NotFound(f"There is no work {number} here.", "It was long ago, or the studio was started anew.")

    def under_way(self) -> tuple[Work, ...]:
        with self._lock:
            return tuple(w for w in self._kept.values() if not w.is_over)

    def close(self) -> None:
        for pool in (self._writing, self._reading):
            pool.shutdown(wait=True, cancel_futures=True)


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
