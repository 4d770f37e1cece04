"""A process with keys in memory leaves none of it behind: no core dump, and on Linux no look from outside."""

import ctypes
import resource
import sys
from typing import Final

_PR_SET_DUMPABLE: Final = 4


def hide_memory(*, from_debuggers: bool = False) -> None:
    """`from_debuggers` also keeps other processes of the same user from attaching; root still can."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))
    if from_debuggers and sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0)
