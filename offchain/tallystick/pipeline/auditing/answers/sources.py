"""Level L1 of one answer: its passages, the records that it names, and its spans, against committed data. No model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tallystick.domain.answers.levels import BY_AUDIT_GAME, BY_TRANSACTION, Fault
from tallystick.domain.answers.opened import PassageRef
from tallystick.domain.answers.opening import OpenedAnswer
from tallystick.domain.dataset import Record
from tallystick.domain.ids import AssetId, Pot


@dataclass(frozen=True, slots=True)
class KnownSet:
    """A data set whose root, count and place in the order are the chain's.

    `records` are all under that root; None for a private one, which only its count tells of.
    """

    name: str
    order: int
    count: int
    records: tuple[Record, ...] | None


@dataclass(frozen=True, slots=True)
class Provenance:
    """What an auditor holds of the model's data: every data set that the answer names, and who may be paid for what."""

    index: frozenset[AssetId]
    manifest: frozenset[AssetId]
    sets: Mapping[AssetId, KnownSet]


def check_passages(opened: OpenedAnswer, known: Provenance) -> Iterator[Fault]:
    """Passages are records of the registered index, once each and in commit order; others earn no retrieval."""
    passages = opened.output.passages
    for passage in passages:
        yield from _check_place("passage", passage, known.index, known)
    placed = [
        (known.sets[p.dataset_id].order, p.record_index) for p in passages if p.dataset_id in known.sets
    ]
    if any(a >= b for a, b in pairwise(placed)):
        yield Fault("passages", "in commit order, once each", str(placed), BY_AUDIT_GAME)
    shown = {p.dataset_id for p in passages} | _earlier(opened, known)
    for line in opened.signed.lines:
        if line.pot is Pot.RETRIEVAL and line.asset_id not in shown:
            said = f"{line.ppm} ppm to 0x{line.asset_id.hex()}"
            yield Fault("retrieval", said, "no passage of it stood in the prompt", BY_AUDIT_GAME)


def _earlier(opened: OpenedAnswer, known: Provenance) -> set[AssetId]:
    """Data sets of records named as evidence that come before a passage; whether they are like it, level L2 tells."""
    sets = {asset: held for asset, held in known.sets.items() if asset in known.index}
    places = [
        (sets[p.dataset_id].order, p.record_index) for p in opened.output.passages if p.dataset_id in sets
    ]
    named = [e for e in opened.shown.evidence if e.channel == "context" and e.asset_id in sets]
    return {e.asset_id for e in named if any((sets[e.asset_id].order, e.record_index) < p for p in places)}


def check_evidence(opened: OpenedAnswer, known: Provenance) -> Iterator[Fault]:
    """The records that are named as evidence exist, and training is paid to the manifest alone."""
    for row in opened.shown.evidence:
        allowed = known.index if row.channel == "context" else known.manifest
        yield from _check_place(row.channel, PassageRef(row.asset_id, row.record_index), allowed, known)
    for line in opened.signed.lines:
        if line.pot is Pot.TRAINING and line.asset_id not in known.manifest:
            said = f"{line.ppm} ppm to 0x{line.asset_id.hex()}"
            yield Fault("training", said, "the training manifest does not list it", BY_TRANSACTION)


def shown_records(passages: Sequence[PassageRef], known: Provenance) -> tuple[Record, ...] | None:
    """What stood in the prompt, None where a private or unknown set hides it."""
    found = []
    for passage in passages:
        held = known.sets.get(passage.dataset_id)
        if held is None or held.records is None or passage.record_index >= len(held.records):
            return None
        found.append(held.records[passage.record_index])
    return tuple(found)


def unseen(known: Provenance) -> tuple[str, ...]:
    """Names of the data sets whose records nobody but their readers can check."""
    return tuple(sorted(s.name for s in known.sets.values() if s.records is None))


def _check_place(
    what: str, place: PassageRef, allowed: frozenset[AssetId], known: Provenance
) -> Iterator[Fault]:
    held = known.sets.get(place.dataset_id)
    said = f"record {place.record_index} of 0x{place.dataset_id.hex()}"
    if place.dataset_id not in allowed or held is None:
        yield Fault(what, said, "the model's card does not list that data set", BY_AUDIT_GAME)
    elif place.record_index >= held.count:
        yield Fault(what, said, f"it has {held.count} records", BY_AUDIT_GAME)
