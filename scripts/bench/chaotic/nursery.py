"""Processes to be killed, made fast: one clean interpreter of a single thread imports, then forks each of them.

A test runner's own process holds threads and locks; a fork of that may hang, a fork of this one cannot.
"""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from bench.chaotic.exercised import TRACE, follow
from tallystick.errors import NodeError

TYPED_ERROR: Final = 3
"""Exit code of a victim that ended with an error of the node's own."""
_SETTINGS: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
_PR_SET_PDEATHSIG: Final = 1


@dataclass(frozen=True, slots=True)
class Victim:
    """A process that runs one function. `said` is where its standard output is read."""

    pid: int
    said: Any
    _nursery: "Nursery"

    def line(self) -> str:
        """Its next line; empty once it is dead."""
        return str(self.said.readline()).strip()

    def signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> int:
        self.signal(signal.SIGKILL)
        return self.ended()

    def is_dead(self) -> bool:
        """A zombie until it is waited for."""
        return self._state() in ("", "Z")

    def is_stopped(self) -> bool:
        return self._state() == "T"

    def _state(self) -> str:
        try:
            told = Path(f"/proc/{self.pid}/stat").read_text()
        except FileNotFoundError:
            return ""
        return told.rpartition(")")[2].split()[0]

    def ended_within(self, seconds: float) -> int:
        """Its own end; after so long it is killed."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.is_dead():
            time.sleep(0.005)
        return self.kill()

    def ended(self) -> int:
        """Waits for it: its exit code, or the signal's number below zero. To be asked once."""
        self.said.read()
        self.said.close()
        return self._nursery.ended(self.pid)


class Nursery:
    """Starts victims that have `modules` imported already. A victim dies with the process that keeps the nursery."""

    def __init__(self, modules: Sequence[str] = (), *, path: Sequence[str] = ()) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "bench.chaotic.nursery", str(theirs.fileno()), *modules]
        environment = {
            **os.environ,
            **_SETTINGS,
            "PYTHONPATH": os.pathsep.join(p for p in (*path, *sys.path) if p),
        }
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=environment)
        theirs.close()
        self._socket = ours
        self._answers = ours.makefile("r", encoding="utf-8")

    def start(self, work: str, *arguments: Any, env: Mapping[str, str] | None = None) -> Victim:
        """`module:function`, with arguments that JSON can tell."""
        reading, writing = os.pipe()
        traced = {TRACE: os.environ[TRACE]} if TRACE in os.environ else {}
        order = {"work": work, "arguments": arguments, "env": {**traced, **(env or {})}}
        socket.send_fds(self._socket, [json.dumps(order).encode() + b"\n"], [writing])
        os.close(writing)
        return Victim(self._answer(), os.fdopen(reading, encoding="utf-8"), self)

    def run(self, work: str, *arguments: Any, env: Mapping[str, str] | None = None) -> int:
        """To its end."""
        return self.start(work, *arguments, env=env).ended()

    def ended(self, pid: int) -> int:
        self._socket.sendall(json.dumps({"wait": pid}).encode() + b"\n")
        return os.waitstatus_to_exitcode(self._answer())

    def _answer(self) -> int:
        told = self._answers.readline()
        if not told:
            raise RuntimeError("the nursery died")
        return int(told)

    def close(self) -> None:
        self._socket.close()
        self._answers.close()
        self._process.wait(timeout=30)

    def __enter__(self) -> "Nursery":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve(orders: socket.socket) -> None:
    """Until whoever orders is gone. One order at a time, each with its answer."""
    while True:
        raw, handles, _, _ = socket.recv_fds(orders, 1 << 16, 1)
        if not raw:
            return
        order = json.loads(raw)
        if "wait" in order:
            answer = os.waitpid(order["wait"], 0)[1]
        else:
            answer = os.fork()
            if answer == 0:
                orders.close()
                _be(order, handles[0])
            os.close(handles[0])
        orders.sendall(b"%d\n" % answer)


def _be(order: Mapping[str, Any], out: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    code = 1
    try:
        os.dup2(out, 1)
        os.close(out)
        os.environ.update(order["env"])
        if TRACE in order["env"]:
            follow(Path(order["env"][TRACE]))
        module, _, name = order["work"].partition(":")
        getattr(import_module(module), name)(*order["arguments"])
        sys.stdout.flush()
        code = 0
    except NodeError as error:
        code = TYPED_ERROR
        print("error", type(error).__name__, str(error), flush=True)
    except BaseException:
        if not os.environ.get("CHAOS_QUIET"):
            traceback.print_exc()
    finally:
        os._exit(code)


if __name__ == "__main__":
    for module in sys.argv[2:]:
        import_module(module)
    serve(socket.socket(fileno=int(sys.argv[1])))
