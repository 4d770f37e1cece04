"""Samples and the state of monitors as canonical JSON: what the ledger keeps of them."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from tallystick.commitments.canonical import canonical_json
from tallystick.domain.traffic import Entry, FeedbackSample, ServedSample
from tallystick.errors import IntegrityViolation
from tallystick.pipeline.evaluation.monitors.watch import Stream, Watching
from tallystick.ports import TrafficEntry


@dataclass(frozen=True, slots=True)
class Progress:
    """The monitors of a release. `trail` hashes every entry that they read, `referred` is
    the last position of their reference; `released` are (monitor, position) at which
    an acknowledged monitor began anew, so that all can be replayed.
    """

    watching: tuple[Watching, ...]
    trail: bytes
    referred: int
    released: tuple[tuple[str, int], ...] = ()


def payload_of(entry: Entry) -> str:
    """Without the receipt, which the ledger has beside it."""
    facts = asdict(entry)
    del facts["receipt"]
    if isinstance(entry, ServedSample):
        facts |= {"features": entry.features.hex(), "passages": list(entry.passages)}
    return canonical_json(facts).decode()


def entry_of(stored: TrafficEntry) -> Entry:
    try:
        facts: dict[str, Any] = json.loads(stored.payload)
        if stored.kind == "feedback":
            return FeedbackSample(stored.receipt, **facts)
        facts |= {"features": bytes.fromhex(facts["features"]), "passages": tuple(facts["passages"])}
        return ServedSample(receipt=stored.receipt, **facts)
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityViolation(
            f"Traffic entry {stored.position} cannot be read: {error!r}.", "Restore the ledger from a copy."
        ) from error


def progress_text(progress: Progress) -> str:
    """Capital is wider than JSON's numbers, so it is text."""
    watching = [
        {
            "name": w.name,
            "shape": w.shape,
            "memory": w.memory,
            "threshold": str(w.threshold),
            "is_held": w.is_held,
            "streams": {
                name: {**asdict(s), "capital": [str(c) for c in s.capital]} for name, s in w.streams.items()
            },
        }
        for w in progress.watching
    ]
    released = [list(pair) for pair in progress.released]
    facts = {"watching": watching, "trail": progress.trail.hex(), "referred": progress.referred}
    return canonical_json({**facts, "released": released}).decode()


def progress_from(text: str) -> Progress:
    try:
        facts: dict[str, Any] = json.loads(text)
        watching = tuple(_watching(each) for each in facts["watching"])
        released = tuple((str(name), int(position)) for name, position in facts["released"])
        return Progress(watching, bytes.fromhex(facts["trail"]), int(facts["referred"]), released)
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityViolation(
            f"The state of the monitors cannot be read: {error!r}.", "Restore the ledger from a copy."
        ) from error


def _watching(facts: dict[str, Any]) -> Watching:
    streams = {
        name: Stream(s["bound"], tuple(int(c) for c in s["capital"]), s["readings"], s["total"])
        for name, s in facts["streams"].items()
    }
    return Watching(
        facts["name"], facts["shape"], facts["memory"], int(facts["threshold"]), streams, facts["is_held"]
    )
