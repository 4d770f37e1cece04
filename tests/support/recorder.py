"""Stands where the application stands behind the command line, and writes down what it was asked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tallystick.config import Config
from tallystick.errors import NodeError
from tallystick.interfaces.cli.main import run
from tallystick.interfaces.cli.session import Session


@dataclass(frozen=True, slots=True)
class Result:
    amount: int

    @property
    def exit_code(self) -> int:
        return 0


class Recorder:
    """Answers everything with the same amount, or with an error."""

    def __init__(self, error: NodeError | KeyboardInterrupt | OSError | None = None) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.closed = False
        self._error = error

    def close(self) -> None:
        self.closed = True

    def __getattr__(self, name: str) -> Callable[..., Result]:
        def answer(**arguments: Any) -> Result:
            self.calls.append((name, arguments))
            if self._error is not None:
                raise self._error
            return Result(2_500_000)

        return answer


def session_of(node: Recorder) -> Session:
    def make(_: Config) -> Recorder:
        return node

    return Session(make_node=make)


def called(line: str) -> tuple[int, list[tuple[str, dict[str, Any]]], bool]:
    """What a command line comes to: its exit code, the calls of the node, and whether that was closed."""
    node = Recorder()
    return run(line.split(), session_of(node)), node.calls, node.closed
