"""Named places where a test ends this process as a power cut would. Off unless the environment names one."""

import os
import signal
from typing import Final

VARIABLE: Final = "TALLYSTICK_CRASHPOINT"
_passed: dict[str, int] = {}


def crashpoint(name: str) -> None:
    """SIGKILL to this very process where the variable is `name`, or `name:3` for the third time it comes by."""
    wanted = os.environ.get(VARIABLE)
    if wanted is None:
        return
    place, _, time = wanted.partition(":")
    if place != name:
        return
    _passed[name] = _passed.get(name, 0) + 1
    if _passed[name] == int(time or 1):
        os.kill(os.getpid(), signal.SIGKILL)
