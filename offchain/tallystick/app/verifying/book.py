"""What was answered and delivered, in a file that only grows: on disk before anything of it is sent."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from tallystick.domain.ids import Hash
from tallystick.errors import IntegrityViolation


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to one draw. `salt` stays here until it is revealed; hexadecimal, as JSON has no bytes."""

    batch_id: int
    seed: str
    answer: int
    report: str
    salt: str
    told: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """The file of openings for one draw."""

    batch_id: int
    seed: str
    digest: str

    @property
    def hash(self) -> Hash:
        return Hash(bytes.fromhex(self.digest))


class CourtBook:
    """Of one key and deployment. For each draw the first entry of a kind is the only one; a draw is told by its seed,
    since a reorganisation may give the same round another one.

    A last line that a crash cut short was never acted on. Any other unreadable one is an `IntegrityViolation`:
    without it an answer might be given twice.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        file.parent.mkdir(parents=True, exist_ok=True)
        self._answers: dict[tuple[int, str], Answered] = {}
        self._files: dict[tuple[int, str], Delivered] = {}
        lines = file.read_bytes().split(b"\n") if file.exists() else []
        for number, line in enumerate(lines[:-1]):
            self._read(number, line)
        if lines and lines[-1]:
            os.truncate(file, sum(len(line) + 1 for line in lines[:-1]))

    def answers(self) -> tuple[Answered, ...]:
        return tuple(self._answers.values())

    def answer_to(self, batch_id: int, seed: str) -> Answered | None:
        return self._answers.get((batch_id, seed))

    def answered(self, batch_id: int, seed: str, make: Callable[[], Answered]) -> Answered:
        """What was answered before, or what `make` says now, which is on disk when this returns."""
        key = (batch_id, seed)
        if key not in self._answers:
            made = make()
            self._append("answer", asdict(made))
            self._answers[key] = made
        return self._answers[key]

    def delivered(self, batch_id: int, seed: str, make: Callable[[], Delivered]) -> Delivered:
        """The same of files."""
        key = (batch_id, seed)
        if key not in self._files:
            made = make()
            self._append("file", asdict(made))
            self._files[key] = made
        return self._files[key]

    def _append(self, kind: str, entry: dict[str, object]) -> None:
        with self._file.open("ab") as out:
            out.write(json.dumps({"kind": kind, **entry}, separators=(",", ":")).encode() + b"\n")
            out.flush()
            os.fsync(out.fileno())

    def _read(self, number: int, line: bytes) -> None:
        try:
            body = json.loads(line)
            kind = body.pop("kind")
            if kind == "answer":
                answer = Answered(**body)
                self._answers.setdefault((answer.batch_id, answer.seed), answer)
            else:
                file = Delivered(**body)
                self._files.setdefault((file.batch_id, file.seed), file)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise IntegrityViolation(
                f"Line {number + 1} of {self._file} cannot be read.",
                "Restore the file: without it an answer could be given twice.",
            ) from error
