"""The parent's side: starts a child for one task, holds it to its limits, and believes nothing but plain JSON of it."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from tallystick import errors
from tallystick.confinement.limits import Limits
from tallystick.errors import InvalidInput, NodeError, Unavailable

_KINDS: Final = ("InvalidInput", "Conflict", "NotFound", "IntegrityMismatch")
_LONGEST: Final = 2_000
_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR")


def confined(
    work: str, arguments: Sequence[Any], *, of: str, limits: Limits | None = None, warm: Sequence[str] = ()
) -> Any:
    """What `module:function` returns for plain arguments, worked out in a child that ends with it.

    Args:
        of: what the child works on, for messages.
        warm: modules that it imports before it is confined.

    `InvalidInput` when the child refuses the file or breaks on it: at its limits, by a signal, or without an answer.
    """
    held = limits or Limits()
    task = {"work": work, "arguments": list(arguments), "limits": asdict(held), "warm": list(warm)}
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "tallystick.confinement.child"],
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            close_fds=True,
            start_new_session=True,
        )
    except OSError as error:
        raise Unavailable(
            f"No child process can be started: {error}.", "Free memory or processes."
        ) from error
    timer = threading.Timer(held.wall_s, process.kill)
    timer.daemon = True
    timer.start()
    try:
        said = _exchange(process, json.dumps(task).encode() + b"\n", held.answer)
    finally:
        timer.cancel()
        process.kill()
        process.wait()
    return _done(said, process.returncode, of)


def _exchange(process: "subprocess.Popen[bytes]", task: bytes, most: int) -> bytes | None:
    """What the child said; None for more than it may say."""
    assert process.stdin is not None and process.stdout is not None
    with process.stdout as out:
        try:
            with process.stdin as into:
                into.write(task)
        except BrokenPipeError:
            pass  # it is gone: what it said, if anything, tells why
        said = bytearray()
        while piece := out.read(1 << 20):
            said += piece
            if len(said) > most:
                return None
        process.wait()
        return bytes(said)


def _done(said: bytes | None, code: int, of: str) -> Any:
    if said is None:
        raise InvalidInput(f"{of} unpacks to too much.", "Split it.")
    try:
        answer = (
            json.loads(said) if code == 0 else {"kind": "memory" if code == -signal.SIGXCPU else "broken"}
        )
        if "done" in answer:
            return answer["done"]
        kind, message, hint = (str(answer.get(part, ""))[:_LONGEST] for part in ("kind", "message", "hint"))
    except (ValueError, TypeError, AttributeError, RecursionError):
        kind, message, hint = "broken", "", ""
    if kind in _KINDS:
        made: type[NodeError] = getattr(errors, kind)
        raise made(_printable(message), _printable(hint))
    if kind == "memory":
        raise InvalidInput(
            f"{of} takes more memory or time to read than a file may.", "Split it, or save it anew."
        )
    raise InvalidInput(f"{of} cannot be read: its reader broke on it.", "It is damaged, or made to harm.")


def _printable(text: str) -> str:
    """A stranger's bytes may stand in a message: no control characters reach a terminal or a log line."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)


def _environment() -> dict[str, str]:
    """Without passwords and tokens: only what an interpreter needs to find its libraries."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # One thread: a pool would take its stacks out of the child's memory, and time to start.
    single = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    return (
        kept
        | single
        | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "PYTHONDONTWRITEBYTECODE": "1"}
    )
