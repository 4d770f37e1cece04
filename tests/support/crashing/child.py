"""A child process that dies at a named point. A clean interpreter forks it: our own, with its threads, might hang."""

import atexit
import signal
from functools import cache
from typing import Any

from bench.chaotic.nursery import Nursery
from tallystick.crashpoints import VARIABLE

WORKS = "support.crashing.works"


def killed_at(point: str, work: str, *arguments: Any) -> None:
    """Run a function of `works` in a child that dies at `point`; it must get there. It opens what it needs itself."""
    code = _nursery().run(f"{WORKS}:{work}", *arguments, env={VARIABLE: point})
    assert code == -signal.SIGKILL, f"{point} was never reached"


@cache
def _nursery() -> Nursery:
    made = Nursery([WORKS])
    atexit.register(made.close)
    return made
