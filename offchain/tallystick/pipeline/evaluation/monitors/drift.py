"""Context drift and label drift: the share of a class of questions, answers or feedback rises above the reference's."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tallystick.domain.traffic import PPM, Entry, FeedbackSample, ServedSample
from tallystick.pipeline.evaluation.monitors.cells import Rows, centres, cosines, nearest, rows_of, spread
from tallystick.pipeline.evaluation.monitors.monitor import TOLERANCE, Plain, Read, Reading

CELLS, EXAMPLES = 6, 96
FAR_PART = 20  # one twentieth of what shapes the reference is far
MOST_LABELS, LEAST_SHARE = 8, 50  # classes of at least a fiftieth; the rest is one class
FAR, OTHER = "far", "other"


@dataclass(frozen=True, slots=True)
class ContextDrift:
    """Any shift of questions raises the share of some cell, or of what is far from all cells."""

    name: str = "context-drift"
    watches: str = "share of questions in each cell of the reference's, and far from all examples of it"
    tolerance: int = TOLERANCE
    bound: int | None = None

    def shape(self, entries: Sequence[Entry]) -> Plain:
        features = [e.features for e in entries if isinstance(e, ServedSample) and any(e.features)]
        rows = rows_of(features)
        if len(rows) < 2:
            return {"centres": [], "examples": [], "least": 0}
        chosen = spread(rows, EXAMPLES)
        near = sorted(_likeness(np.delete(rows, i, axis=0), row) for i, row in enumerate(rows))
        examples = [features[i].hex() for i in chosen]
        least = near[len(near) // FAR_PART]
        return {"centres": centres(rows, CELLS).tolist(), "examples": examples, "least": least}

    def streams(self, shape: Mapping[str, Any]) -> tuple[str, ...]:
        return (*(f"cell {i}" for i in range(len(shape["centres"]))), FAR)

    def width(self, shape: Mapping[str, Any]) -> int:
        return len(self.streams(shape))

    def read(self, shape: Mapping[str, Any], memory: Mapping[str, Any], entry: Entry) -> Read:
        if not isinstance(entry, ServedSample) or not shape["centres"]:
            return Read({})
        *examples, own = rows_of([*map(bytes.fromhex, shape["examples"]), entry.features])
        place, _ = nearest(np.array(shape["centres"], dtype=np.int64), own)
        found = FAR if _likeness(np.array(examples), own) < shape["least"] else f"cell {place}"
        return Read({}, _one_of(self.streams(shape), found))


@dataclass(frozen=True, slots=True)
class LabelDrift:
    """Classes of answers, and apart from them classes of feedback."""

    name: str = "label-drift"
    watches: str = "share of each class of answers and of each class of feedback"
    tolerance: int = TOLERANCE
    bound: int | None = None

    def shape(self, entries: Sequence[Entry]) -> Plain:
        counts = {
            kind: Counter(e.label for e in entries if _kind(e) == kind) for kind in ("answer", "feedback")
        }
        return {kind: _frequent(counted) for kind, counted in counts.items()}

    def streams(self, shape: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(f"{kind} {label}" for kind in ("answer", "feedback") for label in (*shape[kind], OTHER))

    def width(self, shape: Mapping[str, Any]) -> int:
        return 1 + max(len(shape["answer"]), len(shape["feedback"]))

    def read(self, shape: Mapping[str, Any], memory: Mapping[str, Any], entry: Entry) -> Read:
        kind = _kind(entry)
        found = entry.label if entry.label in shape[kind] else OTHER
        own = tuple(s for s in self.streams(shape) if s.startswith(f"{kind} "))
        return Read({}, _one_of(own, f"{kind} {found}"))


def _likeness(examples: Rows, row: Rows) -> int:
    return max(cosines(examples, row), default=0)


def _kind(entry: Entry) -> str:
    return "feedback" if isinstance(entry, FeedbackSample) else "answer"


def _frequent(counted: Counter[str]) -> list[str]:
    total = sum(counted.values())
    ranked = sorted(counted, key=lambda label: (-counted[label], label))
    return [label for label in ranked[:MOST_LABELS] if counted[label] * LEAST_SHARE >= total]


def _one_of(streams: Sequence[str], found: str) -> tuple[Reading, ...]:
    return tuple(Reading(stream, PPM if stream == found else 0) for stream in streams)
