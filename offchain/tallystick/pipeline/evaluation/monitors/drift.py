"""Context drift and label drift: the share of a class of questions, answers or feedback rises above the reference's."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tallystick.domain.traffic import PPM, Entry, FeedbackSample, ServedSample
from tallystick.pipeline.evaluation.monitors.cells import centres, nearest, rows_of
from tallystick.pipeline.evaluation.monitors.monitor import TOLERANCE, Plain, Read, Reading

CELLS = 6
FAR_PART = 20  # one twentieth of the reference is the far part
MOST_LABELS, LEAST_SHARE = 8, 50  # classes of at least a fiftieth; the rest is one class
FAR, OTHER = "far", "other"


@dataclass(frozen=True, slots=True)
class ContextDrift:
    """Any shift of questions raises the share of some cell, or of what is far from all cells."""

    name: str = "context-drift"
    watches: str = "share of questions in each cell of the reference's questions, and far from all of them"
    tolerance: int = TOLERANCE
    bound: int | None = None

    def shape(self, entries: Sequence[Entry]) -> Plain:
        rows = rows_of([e.features for e in entries if isinstance(e, ServedSample)])
        found = centres(rows, CELLS)
        near = sorted(nearest(found, vector)[1] for vector in rows) if len(found) else []
        return {"centres": found.tolist(), "least": near[len(near) // FAR_PART] if near else 0}

    def streams(self, shape: Mapping[str, Any]) -> tuple[str, ...]:
        return (*(f"cell {i}" for i in range(len(shape["centres"]))), FAR)

    def width(self, shape: Mapping[str, Any]) -> int:
        return len(self.streams(shape))

    def read(self, shape: Mapping[str, Any], memory: Mapping[str, Any], entry: Entry) -> Read:
        if not isinstance(entry, ServedSample) or not shape["centres"]:
            return Read({})
        among = np.array(shape["centres"], dtype=np.int64)
        place, similar = nearest(among, rows_of([entry.features])[0])
        found = FAR if similar < shape["least"] else f"cell {place}"
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


def _kind(entry: Entry) -> str:
    return "feedback" if isinstance(entry, FeedbackSample) else "answer"


def _frequent(counted: Counter[str]) -> list[str]:
    total = sum(counted.values())
    ranked = sorted(counted, key=lambda label: (-counted[label], label))
    return [label for label in ranked[:MOST_LABELS] if counted[label] * LEAST_SHARE >= total]


def _one_of(streams: Sequence[str], found: str) -> tuple[Reading, ...]:
    return tuple(Reading(stream, PPM if stream == found else 0) for stream in streams)
