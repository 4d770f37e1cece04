"""What the watchtower has checked, in one file that only grows: the last line of a case counts."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from tallystick.app.watching.case import Case, State
from tallystick.crashpoints import crashpoint
from tallystick.domain.challenge import Subject
from tallystick.errors import Unavailable

# Lines beyond those that count, before the file is written anew.
_MOST_STALE: Final = 1_000


class Journal:
    """Of one deployment. A line that a crash cut short is passed over: its case is checked again."""

    def __init__(self, file: Path) -> None:
        self._file, self._is_torn, self._is_named = file, False, file.exists()
        with _typed(file):
            file.parent.mkdir(parents=True, exist_ok=True)
        self._cases: dict[tuple[Subject, int], Case] = {}
        lines = file.read_bytes().split(b"\n") if file.exists() else []
        for line in lines:
            case = _read(line)
            if case is not None:
                self._cases[case.key] = case
        if len(lines) > 2 * len(self._cases) + _MOST_STALE:
            self._rewrite()
        elif lines and lines[-1]:
            self._append(b"\n")

    def cases(self) -> Mapping[tuple[Subject, int], Case]:
        return self._cases

    def put(self, case: Case) -> Case:
        """On disk when it returns: what is sent afterwards is known after a crash."""
        if self._cases.get(case.key) != case:
            self._append(_line(case))
            self._cases[case.key] = case
        return case

    def _append(self, data: bytes) -> None:
        """What a full disk cut short ends with the next line's beginning, so that it takes none with it."""
        crashpoint("watch.before-note")
        with _typed(self._file), self._file.open("ab") as out:
            torn, self._is_torn = b"\n" if self._is_torn else b"", True
            out.write(torn + data)
            out.flush()
            os.fsync(out.fileno())
            if not self._is_named:
                _sync(self._file.parent)
            self._is_torn, self._is_named = False, True
        crashpoint("watch.noted")

    def _rewrite(self) -> None:
        fresh = self._file.with_suffix(".new")
        with _typed(self._file):
            with fresh.open("wb") as out:
                out.writelines(_line(case) for case in self._cases.values())
                out.flush()
                os.fsync(out.fileno())
            fresh.replace(self._file)
            _sync(self._file.parent)


@contextmanager
def _typed(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"{file} cannot be written: {error.strerror}.", "Free the disk, or mend it; nothing was sent."
        ) from error


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_cases(file: Path) -> tuple[Case, ...]:
    """What a journal says, also while another process writes it."""
    lines: Iterable[bytes] = file.read_bytes().split(b"\n") if file.exists() else ()
    return tuple({case.key: case for case in map(_read, lines) if case is not None}.values())


def _line(case: Case) -> bytes:
    return json.dumps(asdict(case), separators=(",", ":")).encode() + b"\n"


def _read(line: bytes) -> Case | None:
    try:
        body: dict[str, Any] = json.loads(line)
        body |= {"subject": Subject(body["subject"]), "state": State(body["state"])}
        return Case(**{**body, "found": tuple(body["found"])})
    except (ValueError, KeyError, TypeError):
        return None
