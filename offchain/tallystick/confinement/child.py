"""The child's side: one task from standard input, one answer to standard output. Started by `running`, never imported."""

import importlib
import json
import os
import sys
from typing import Any

from tallystick.confinement.limits import Limits, confine
from tallystick.errors import InvalidInput, NodeError


def main() -> None:
    """Imports first, then the limits, then the stranger's file."""
    task = json.loads(sys.stdin.buffer.readline())
    module, _, name = task["work"].partition(":")
    work = getattr(importlib.import_module(module), name)
    for warm in task["warm"]:
        importlib.import_module(warm)
    confine(Limits(**task["limits"]))
    answer = _answer(work, task["arguments"])
    # Not the buffered writer: what is in a broken interpreter's buffers must not follow.
    data = json.dumps(answer, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass")
    sent = 0
    while sent < len(data):
        sent += os.write(1, data[sent : sent + (1 << 20)])
    os._exit(0)


def _answer(work: Any, arguments: list[Any]) -> dict[str, Any]:
    try:
        return {"done": work(*arguments)}
    except NodeError as error:
        return {"kind": type(error).__name__, "message": error.message, "hint": error.hint}
    except MemoryError:
        return {"kind": "memory"}
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        OSError,
        TypeError,
        ValueError,
    ) as error:
        wrong = InvalidInput(f"It cannot be read: {type(error).__name__}.")
        return {"kind": "InvalidInput", "message": wrong.message, "hint": "It is damaged, or made to harm."}


if __name__ == "__main__":
    main()
