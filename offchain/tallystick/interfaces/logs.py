"""Log lines of servers: for people or one JSON object each, without secrets, to standard error or a rotated file."""

import fcntl
import json
import logging
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tallystick.logbook import ids
from tallystick.sections import Logs

_QUIET: Final = ("alembic", "urllib3", "web3", "httpx", "httpcore", "asyncio", "filelock", "mcp")
_SECRETS: Final = (
    # Whoever holds the path of an RPC address, or its user part, holds what it costs.
    (re.compile(r"\b(https?|wss?)://(?:[^\s/@'\"]+@)?([^\s/'\"?#)>,;]+)[^\s'\")>,;]*"), r"\1://\2"),
    (re.compile(r"(with url: )\S+"), r"\1(hidden)"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.+/=-]{8,}"), r"\1 (hidden)"),
    (
        re.compile(
            r"(?i)\b(password|passphrase|secret|api[_-]?key|token)(['\"]?\s*[=:]\s*)['\"]?[^\s,'\"}]+"
        ),
        r"\1\2(hidden)",
    ),
)


def without_secrets(text: str) -> str:
    """Addresses without their paths and users, and no values of what is named like a secret."""
    for pattern, shown in _SECRETS:
        text = pattern.sub(shown, text)
    return text


class JsonLines(logging.Formatter):
    """One object a line: `at` in UTC, `level`, `logger`, `message`, the ids of its work, `error` with a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "at": _instant(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
            **ids(),
        }
        if record.exc_info:
            told["error"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(told, ensure_ascii=False)


class TextLines(logging.Formatter):
    """The same for people."""

    def format(self, record: logging.LogRecord) -> str:
        about = "".join(f" {name}={value}" for name, value in ids().items())
        line = f"{_instant(record.created)} {record.levelname} {record.name} {record.getMessage()}{about}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return without_secrets(line)


class RotatedFile(logging.Handler):
    """Appends to a file, and puts a full one aside: `name.1` is the newest. Several processes may share it.

    A line is written whole or not at all, and goes to standard error where the file takes none. A file that another
    program moved away is made anew.
    """

    def __init__(self, path: Path, *, most_bytes: int, files: int) -> None:
        super().__init__()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._most_bytes, self._files = path, most_bytes, files
        self._turn_fd = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        self._fd = self._opened()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record) + "\n"
        except Exception:  # a wrong format string must not end what it was to tell of
            self.handleError(record)
            return
        try:
            with self._turn():
                self._append(line.encode())
        except OSError as error:
            sys.stderr.write(f"{self._path}: {error.strerror}: {line}")

    def close(self) -> None:
        with self.lock or threading.Lock():
            for fd in (self._fd, self._turn_fd):
                if fd >= 0:
                    os.close(fd)
            self._fd = self._turn_fd = -1
        super().close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        fcntl.flock(self._turn_fd, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._turn_fd, fcntl.LOCK_UN)

    def _append(self, line: bytes) -> None:
        if not self._is_current():
            os.close(self._fd)
            self._fd = self._opened()
        size = os.fstat(self._fd).st_size
        if size and size + len(line) > self._most_bytes:
            self._rotate()
            size = 0
        try:
            left = line
            while left:
                left = left[os.write(self._fd, left) :]
        except OSError:
            os.ftruncate(self._fd, size)
            raise

    def _is_current(self) -> bool:
        try:
            return os.stat(self._path).st_ino == os.fstat(self._fd).st_ino
        except FileNotFoundError:
            return False

    def _rotate(self) -> None:
        for number in range(self._files - 1, 0, -1):
            older = self._aside(number)
            if older.exists():
                older.replace(self._aside(number + 1))
        self._path.replace(self._aside(1))
        os.close(self._fd)
        self._fd = self._opened()

    def _aside(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    def _opened(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


class _StandardError(logging.Handler):
    """Whatever that is when a line is written."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:  # nobody is left to be told
            self.handleError(record)


def log_as_server(logs: Logs, *, verbose: int = 0) -> None:
    """From now on everything that this process logs goes where the settings say. -v asks for more than they do."""
    handler: logging.Handler = _StandardError()
    if logs.file is not None:
        handler = RotatedFile(logs.file, most_bytes=logs.megabytes << 20, files=logs.files)
    handler.setFormatter(JsonLines() if logs.format == "json" else TextLines())
    root = logging.getLogger()
    for old in tuple(root.handlers):
        if type(old) in (logging.StreamHandler, _StandardError, RotatedFile):
            root.removeHandler(old)
            old.close()
    root.addHandler(handler)
    root.setLevel(logging.DEBUG if verbose > 1 else logs.level.upper())
    for name in _QUIET:  # they tell whole addresses, and every request
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(True)
    threading.excepthook = _tell_thread


def _tell_thread(ended: threading.ExceptHookArgs) -> None:
    name = ended.thread.name if ended.thread else "?"
    exc_info = (ended.exc_type, ended.exc_value or ended.exc_type(), ended.exc_traceback)
    logging.getLogger("tallystick").critical("thread_died name=%s", name, exc_info=exc_info)


def _instant(seconds: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1000):03}Z"
