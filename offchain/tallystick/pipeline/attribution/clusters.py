"""Leader clusters across owners, in chain order: a later near-duplicate follows the earliest record it repeats.

Never union-find: a chain of small edits must not join two honest records.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import AssetId
from tallystick.domain.lexical import normalised, overlap, shingles, telling

SAME_SHINGLES = 0.8
SAME_MEANING = 0.85
COPIED_PART = 0.5
SUSPECT_MEANING = 0.6


@dataclass(frozen=True, slots=True)
class Member:
    """A record, and the leader it follows: itself when it leads."""

    dataset_id: AssetId
    order: int
    record_index: int
    text: str
    leader: int

    def leads(self, place: int) -> bool:
        return self.leader == place


@dataclass(slots=True)
class _Book:
    """Leaders so far, by what can be looked up."""

    by_text: dict[str, int] = field(default_factory=dict)
    leaders: list[int] = field(default_factory=list)


def cluster(datasets: Sequence[Dataset], rows: NDArray[np.float32]) -> tuple[Member, ...]:
    """Members in chain order. `rows` are unit embeddings of `all_texts(datasets)`."""
    ordered = in_order(datasets)
    texts = all_texts(datasets)
    members: list[Member] = []
    book, start = _Book(), 0
    for dataset in ordered:
        stop = start + len(dataset.records)
        found = [_leader(i, texts, rows, book) for i in range(start, stop)]
        found = _second_look(start, found, members, texts, rows)
        for offset, (record, leader) in enumerate(zip(dataset.records, found, strict=True)):
            place = start + offset
            assert dataset.order is not None
            members.append(
                Member(
                    dataset.asset_id,
                    dataset.order,
                    record.index,
                    record.text,
                    place if leader is None else leader,
                )
            )
        fresh = [start + k for k, leader in enumerate(found) if leader is None]
        book.leaders += fresh
        for place in fresh:
            book.by_text.setdefault(normalised(texts[place]), place)
        start = stop
    return tuple(members)


def in_order(datasets: Sequence[Dataset]) -> list[Dataset]:
    """Chain order of commitment; unregistered data sets have no place here."""
    return sorted(datasets, key=lambda d: d.order if d.order is not None else -1)


def all_texts(datasets: Sequence[Dataset]) -> list[str]:
    """Texts of all records in chain order; what must be embedded for `cluster`."""
    return [r.text for d in in_order(datasets) for r in d.records]


def _leader(place: int, texts: Sequence[str], rows: NDArray[np.float32], book: _Book) -> int | None:
    """The earliest leader of another data set that this record repeats."""
    exact = book.by_text.get(normalised(texts[place]))
    if exact is not None or not book.leaders:
        return exact
    cosine = rows[book.leaders] @ rows[place]
    values, own = telling(texts[place]), shingles(texts[place])
    for near in np.flatnonzero(cosine >= SUSPECT_MEANING):
        other = book.leaders[int(near)]
        if overlap(own, shingles(texts[other])) >= SAME_SHINGLES and values == telling(texts[other]):
            return other
        if cosine[near] >= SAME_MEANING and values and values == telling(texts[other]):
            return other
    return None


def _second_look(
    start: int,
    found: list[int | None],
    members: Sequence[Member],
    texts: Sequence[str],
    rows: NDArray[np.float32],
) -> list[int | None]:
    """In a data set that mostly copies one other, what is left counts as reworded when its meaning is near."""
    copied = Counter(members[f].dataset_id for f in found if f is not None)
    if not copied or copied.most_common(1)[0][1] < COPIED_PART * len(found):
        return found
    source = copied.most_common(1)[0][0]
    places = [i for i, m in enumerate(members) if m.dataset_id == source and m.leads(i)]
    looked = list(found)
    for offset, leader in enumerate(found):
        if leader is None and places:
            cosine = rows[places] @ rows[start + offset]
            if cosine.max() >= SUSPECT_MEANING:
                looked[offset] = places[int(cosine.argmax())]
    return looked
