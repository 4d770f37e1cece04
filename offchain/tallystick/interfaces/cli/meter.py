"""Progress of long work on standard error: one line on a terminal, a line each tenth elsewhere; or in the log."""

import logging
import sys
from typing import TextIO


class Meter:
    """Called with what is done, how far, and of how much."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._what, self._tenth, self._width = "", -1, 0

    def __call__(self, what: str, done: int, total: int) -> None:
        line = f"{what}: {done}/{total}"
        if self._stream.isatty():
            end = "\n" if done >= total else ""
            self._stream.write(f"\r{line.ljust(self._width)}{end}")
            self._width = 0 if end else len(line)
            self._stream.flush()
            return
        tenth = done * 10 // max(total, 1)
        if what != self._what or tenth > self._tenth:
            self._stream.write(line + "\n")
            self._stream.flush()
        self._what, self._tenth = what, tenth


class LoggedMeter:
    """A line of the log each tenth, for processes whose standard error is read by programs."""

    def __init__(self) -> None:
        self._what, self._tenth = "", -1

    def __call__(self, what: str, done: int, total: int) -> None:
        tenth = done * 10 // max(total, 1)
        if what != self._what or tenth > self._tenth:
            logging.getLogger("tallystick.work").info("progress what=%s done=%d total=%d", what, done, total)
        self._what, self._tenth = what, tenth
