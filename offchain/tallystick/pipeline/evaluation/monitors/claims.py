"""Unsupported claims: facts of an answer that stand nowhere, by how little the prompt gave the model to go on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.domain.traffic import PPM, Entry, ServedSample
from tallystick.pipeline.evaluation.monitors.monitor import TOLERANCE, Plain, Read, Reading

FEW_WORDS = 12
SPARSE, BARE, GROUNDED = "sparse", "bare", "grounded"


@dataclass(frozen=True, slots=True)
class UnsupportedClaims:
    """An answer without facts claims nothing and reads 0, so that more claims count as well as worse ones."""

    name: str = "unsupported-claims"
    watches: str = (
        "part of an answer's numbers and names that stand in no message, passage or training record"
    )
    tolerance: int = TOLERANCE
    bound: int | None = None

    def shape(self, entries: Sequence[Entry]) -> Plain:
        return {}

    def streams(self, shape: Mapping[str, Any]) -> tuple[str, ...]:
        return (SPARSE, BARE, GROUNDED)

    def width(self, shape: Mapping[str, Any]) -> int:
        return 1

    def read(self, shape: Mapping[str, Any], memory: Mapping[str, Any], entry: Entry) -> Read:
        if not isinstance(entry, ServedSample):
            return Read({})
        value = entry.unsupported * PPM // entry.facts if entry.facts else 0
        return Read({}, (Reading(sparsity(entry), value),))


def sparsity(sample: ServedSample) -> str:
    """With passages it is grounded; without, sparse below FEW_WORDS words and bare from there on."""
    if sample.passages:
        return GROUNDED
    return SPARSE if sample.prompt_words < FEW_WORDS else BARE
