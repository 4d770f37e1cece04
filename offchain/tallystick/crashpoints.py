"""Named places where a test ends or stops this process, or lets its disk fail. Off without a name."""

import os
import signal
from pathlib import Path
from typing import Final

VARIABLE: Final = "TALLYSTICK_CRASHPOINT"
STOP: Final = "TALLYSTICK_CRASHPOINT_STOP"
TOUCH: Final = "TALLYSTICK_CRASHPOINT_TOUCH"
_passed: dict[str, int] = {}


def crashpoint(name: str) -> None:
    """SIGKILL to this very process where the variable is `name`, or `name:3` for the third time it comes by.

    Where TOUCH names a file it is made instead, and the process goes on: whoever watches it may do what it likes. With
    STOP it is SIGSTOP, until somebody lets it go on.
    """
    wanted = os.environ.get(VARIABLE)
    if wanted is None:
        return
    place, _, time = wanted.partition(":")
    if place != name:
        return
    _passed[name] = _passed.get(name, 0) + 1
    if _passed[name] != int(time or 1):
        return
    if TOUCH in os.environ:
        Path(os.environ[TOUCH]).touch()
    else:
        os.kill(os.getpid(), signal.SIGSTOP if STOP in os.environ else signal.SIGKILL)
