"""A child process that dies at a named point."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress

from tallystick.crashpoints import VARIABLE


def killed_at(point: str, work: Callable[[], None]) -> None:
    """Run `work` in a child that dies at `point`; it must get there. It opens what it needs itself."""
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            os.environ[VARIABLE] = point
            work()
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, f"{point} was never reached"
