"""Why a model was promoted, refused, rolled back or trained again: one record a decision, under the node's home."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tallystick.commitments.canonical import canonical_json
from tallystick.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Decision:
    """`kind` is promoted, refused, rolled_back or retrain; `why` one sentence with the numbers. `at` is chain time."""

    kind: str
    model: str
    line: str
    why: str
    at: int
    facts: Mapping[str, str]

    @property
    def canonical(self) -> bytes:
        """What is pinned as evidence; `facts` are text, so that it has one form."""
        return canonical_json(
            {
                "format": "tallystick-decision-1",
                "kind": self.kind,
                "model": self.model,
                "line": self.line,
                "why": self.why,
                "at": self.at,
                "facts": dict(self.facts),
            }
        )


@dataclass(frozen=True, slots=True)
class DecisionBook:
    """Numbered JSON files; nothing is ever changed."""

    folder: Path

    def note(self, decision: Decision) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        number = len(list(self.folder.glob("*.json"))) + 1
        path = self.folder / f"{number:06d}-{decision.kind}.json"
        with path.open("xb") as file:
            file.write(decision.canonical + b"\n")
        return path

    def every(self) -> tuple[Decision, ...]:
        """In order."""
        return tuple(_read(path) for path in sorted(self.folder.glob("*.json")))


def _read(path: Path) -> Decision:
    try:
        body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Decision(
            str(body["kind"]),
            str(body["model"]),
            str(body["line"]),
            str(body["why"]),
            int(body["at"]),
            dict(body["facts"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput(f"{path} is no decision: {error!r}.", "Move it away.") from error
