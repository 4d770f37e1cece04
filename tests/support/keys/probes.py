"""What hostile code in a reader would try, one thing each."""

import os
import resource
import socket
import subprocess
from pathlib import Path
from typing import Any


def _tried(deed: Any) -> str:
    try:
        deed()
    except OSError as error:
        return type(error).__name__
    return "done"


def deeds(folder: str) -> dict[str, str]:
    tries = {
        "network": lambda: socket.socket(),
        "program": lambda: subprocess.run(["true"], check=True),
        "process": lambda: os.fork(),
        "write": lambda: (Path(folder) / "written").write_text("x"),
        "remove": lambda: (Path(folder) / "there").unlink(),
        "limits": lambda: resource.prlimit(0, resource.RLIMIT_CPU, (10**6, 10**6)),
        "signal": lambda: os.kill(os.getppid(), 0),
    }
    return {name: _tried(deed) for name, deed in tries.items()}


def surroundings() -> str:
    return " ".join([*os.environ, *os.environ.values()])


def memory() -> int:
    return sum(len(bytes(10**6)) for _ in iter([bytes(1 << 34)]))


def loop() -> None:
    while True:
        pass


def shout() -> str:
    return "x" * 10**7


def crash() -> None:
    os.abort()


def lie() -> None:
    os.write(1, b'{"kind": "NodeError", "message": "\x1b[2J"}')
    os._exit(0)


def add(a: int, b: int) -> int:
    return a + b
