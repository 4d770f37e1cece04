"""Three statistics of pairs: like questions and their passages, a chain's late and first turn, two languages."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.domain.traffic import PPM, Entry, ServedSample
from tallystick.pipeline.evaluation.monitors.cells import cosines, rows_of
from tallystick.pipeline.evaluation.monitors.monitor import TOLERANCE, Plain, Read, Reading

REMEMBERED_QUESTIONS, REMEMBERED_CHAINS = 64, 256
# Cosines. Where all questions have one form, only the nearest quarter counts as alike.
LEAST_ALIKE, SAME = 600_000, 950_000
RUNGS = (4, 8, 16)
# The readings of two losses are (1 + difference) / 2, so that they lie within 0 and 10^6.
_EVEN = (PPM + TOLERANCE) // 2


@dataclass(frozen=True, slots=True)
class RetrievalInconsistency:
    """Part of the passages that differ when one of the last questions comes again, word for word or reworded."""

    name: str = "retrieval-inconsistency"
    watches: str = "part of the passages (1 - Jaccard) that differ between two like questions"
    tolerance: int = TOLERANCE
    bound: int | None = None

    def shape(self, entries: Sequence[Entry]) -> Plain:
        near, rows = [0], rows_of([e.features for e in entries if isinstance(e, ServedSample)])
        for place in range(1, len(rows)):
            near.append(max(cosines(rows[max(0, place - REMEMBERED_QUESTIONS) : place], rows[place])))
        return {"alike": min(SAME, max(LEAST_ALIKE, sorted(near)[len(near) * 3 // 4]))}

    def streams(self, shape: Mapping[str, Any]) -> tuple[str, ...]:
        return ("like questions",)

    def width(self, shape: Mapping[str, Any]) -> int:
        return 1

    def read(self, shape: Mapping[str, Any], memory: Mapping[str, Any], entry: Entry) -> Read:
        held: list[list[Any]] = list(memory.get("questions", []))
        if not isinstance(entry, ServedSample) or not any(entry.features):
            return Read({"questions": held})
        rows = rows_of([*(bytes.fromhex(features) for features, _ in held), entry.features])
        near = cosines(rows[:-1], rows[-1])
        own = [entry.features.hex(), list(entry.passages)]
        place = max(range(len(near)), key=lambda i: (near[i], i), default=None)
        if place is None or near[place] < shape["alike"]:
            return Read({"questions": [*held, own][-REMEMBERED_QUESTIONS:]})
        before = held.pop(place) if near[place] >= SAME else held[place]
        value = _unlike(frozenset(before[1]), frozenset(entry.passages))
        return Read({"questions": [*held, own][-REMEMBERED_QUESTIONS:]}, (Reading("like questions", value),))


@dataclass(frozen=True, slots=True)
class ChainInstability:
    """Read once at each rung, against the chain's own first turn, so that a hard chain does not count as unstable."""

    name: str = "chain-instability"
    watches: str = "loss at turns 4, 8 and 16 of a conversation less that of its first turn"
    tolerance: int = TOLERANCE
    bound: int | None = _EVEN

    def shape(self, entries: Sequence[Entry]) -> Plain:
        return {}

    def streams(self, shape: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(f"turn {rung}" for rung in RUNGS)

    def width(self, shape: Mapping[str, Any]) -> int:
        return 1

    def read(self, shape: Mapping[str, Any], memory: Mapping[str, Any], entry: Entry) -> Read:
        held: dict[str, tuple[int, int]] = {c: (first, rung) for c, first, rung in memory.get("newest", [])}
        if not isinstance(entry, ServedSample):
            return Read(_newest(held))
        if entry.turn == 1:
            held.pop(entry.conversation, None)
            held[entry.conversation] = (entry.loss, 1)
            return Read(_newest(held))
        first, reached = held.get(entry.conversation, (0, entry.turn))
        if entry.turn not in RUNGS or entry.turn <= reached:
            return Read(_newest(held))
        held[entry.conversation] = (first, entry.turn)
        return Read(_newest(held), (Reading(f"turn {entry.turn}", _difference(entry.loss, first)),))


@dataclass(frozen=True, slots=True)
class LanguageGap:
    """Each answer in another language against the last one in the main language, which is used once."""

    name: str = "language-gap"
    watches: str = "loss of answers in a language less that of answers in the main one"
    tolerance: int = TOLERANCE
    bound: int | None = _EVEN

    def shape(self, entries: Sequence[Entry]) -> Plain:
        spoken = Counter(e.language for e in entries if isinstance(e, ServedSample) and e.language)
        return {"main": max(spoken, key=lambda code: (spoken[code], code), default="")}

    def streams(self, shape: Mapping[str, Any]) -> tuple[str, ...]:
        return ()

    def width(self, shape: Mapping[str, Any]) -> int:
        return 1

    def read(self, shape: Mapping[str, Any], memory: Mapping[str, Any], entry: Entry) -> Read:
        if not isinstance(entry, ServedSample) or not entry.language:
            return Read(dict(memory))
        if entry.language == shape["main"]:
            return Read({"main_loss": entry.loss})
        if memory.get("main_loss") is None:
            return Read({})
        return Read({}, (Reading(entry.language, _difference(entry.loss, int(memory["main_loss"]))),))


def _newest(held: Mapping[str, tuple[int, int]]) -> Plain:
    """A list, since what is stored as an object comes back sorted by its keys and forgets which was first."""
    rows = [[conversation, *state] for conversation, state in held.items()]
    return {"newest": rows[-REMEMBERED_CHAINS:]}


def _unlike(a: frozenset[str], b: frozenset[str]) -> int:
    """1 - Jaccard in ppm, rounded down; two empty sets are alike."""
    return (len(a | b) - len(a & b)) * PPM // len(a | b) if a or b else 0


def _difference(loss: int, other: int) -> int:
    return (PPM + loss - other) // 2
