"""Leader clusters across owners, in chain order: a later record follows the earliest one that it repeats.

Never union-find: a chain of small edits must not join two honest records, and a join changes no leader.
Candidates come from shared values, by an inverted index over the leaders, and from embeddings; `repeats` decides
on each.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import AssetId
from tallystick.pipeline.attribution.clusters.repeats import repeats
from tallystick.pipeline.attribution.clusters.splices import MOST_HOLDERS, largest_part
from tallystick.pipeline.attribution.clusters.traits import Traits, traits_of

Rows = NDArray[np.float32]
# Of a data set, from which on the rest of it is looked at with suspicion.
COPIED_PART = 0.5
SUSPECT_MEANING = 0.6
NEAREST = 8
# Per record and word: bound the work where thousands of records share their words.
MOST_CANDIDATES = 32
MOST_POSTINGS = 256
_CHUNK = 1024


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

    traits: dict[int, Traits] = field(default_factory=dict)
    by_text: dict[str, int] = field(default_factory=dict)
    by_value: dict[str, list[int]] = field(default_factory=dict)
    by_run: dict[tuple[str, ...], list[int]] = field(default_factory=dict)
    places: list[int] = field(default_factory=list)

    def add(self, place: int, traits: Traits) -> None:
        self.traits[place] = traits
        self.places.append(place)
        self.by_text.setdefault(traits.plain, place)
        for value in traits.values or traits.bag:
            postings = self.by_value.setdefault(value, [])
            if len(postings) < MOST_POSTINGS:
                postings.append(place)
        for run in set(traits.runs):
            holders = self.by_run.setdefault(run, [])
            if len(holders) <= MOST_HOLDERS:
                holders.append(place)

    def sharing(self, traits: Traits) -> list[int]:
        """Leaders with most of their values, or most of the record's, in common; the best ones."""
        shared = Counter(p for w in traits.bag for p in self.by_value.get(w, ()))
        own = max(len(traits.values), 1)
        rated = [(max(n / max(len(self.traits[p].values), 1), n / own), p) for p, n in shared.items()]
        best = sorted((r for r in rated if r[0] >= 0.5), key=lambda r: (-r[0], r[1]))
        return [p for _, p in best[:MOST_CANDIDATES]]


def cluster(datasets: Sequence[Dataset], rows: Rows) -> tuple[Member, ...]:
    """Members in chain order. `rows` are unit embeddings of `all_texts(datasets)`."""
    members: list[Member] = []
    book = _Book()
    for dataset in in_order(datasets):
        start = len(members)
        traits = traits_of([r.text for r in dataset.records])
        near = list(_nearest(rows, start, len(traits), book.places))
        found = [
            _leader(t, list(cosines), rows, start + i, book)
            for i, (t, cosines) in enumerate(zip(traits, near, strict=True))
        ]
        found = _second_look(found, traits, members, near, rows, book)
        assert dataset.order is not None
        for offset, (record, leader) in enumerate(zip(dataset.records, found, strict=True)):
            place = start + offset if leader is None else leader
            members.append(Member(dataset.asset_id, dataset.order, record.index, record.text, place))
        for offset, leader in enumerate(found):
            if leader is None:
                book.add(start + offset, traits[offset])
    return tuple(members)


def in_order(datasets: Sequence[Dataset]) -> list[Dataset]:
    """Chain order of commitment; unregistered data sets have no place here."""
    return sorted(datasets, key=lambda d: d.order if d.order is not None else -1)


def all_texts(datasets: Sequence[Dataset]) -> list[str]:
    """Texts of all records in chain order; what must be embedded for `cluster`."""
    return [r.text for d in in_order(datasets) for r in d.records]


def _nearest(rows: Rows, start: int, count: int, leaders: Sequence[int]) -> Iterator[list[int]]:
    """For each of `count` records from `start` on, the leaders of nearest meaning."""
    if not leaders:
        yield from ([] for _ in range(count))
        return
    known = np.asarray(leaders)
    for low in range(start, start + count, _CHUNK):
        cosines = rows[low : min(low + _CHUNK, start + count)] @ rows[known].T
        kept = min(NEAREST, len(known))
        best = np.argpartition(-cosines, kept - 1, axis=1)[:, :kept]
        for row, chosen in zip(cosines, best, strict=True):
            yield sorted(int(known[k]) for k in chosen if row[k] >= SUSPECT_MEANING)


def _leader(traits: Traits, near: Sequence[int], rows: Rows, place: int, book: _Book) -> int | None:
    """The earliest leader of another data set that this record repeats, or was put together from."""
    exact = book.by_text.get(traits.plain)
    if exact is not None:
        return exact
    candidates = sorted({*near, *book.sharing(traits)})
    for other in candidates:
        if repeats(traits, book.traits[other], float(rows[place] @ rows[other])):
            return other
    return largest_part(traits, candidates, book.by_run, book.traits)


def _second_look(
    found: Sequence[int | None],
    traits: Sequence[Traits],
    members: Sequence[Member],
    near: Sequence[Sequence[int]],
    rows: Rows,
    book: _Book,
) -> list[int | None]:
    """In a data set that mostly copies one other, less has to be kept for what is left to count as copied, too."""
    copied = Counter(members[f].dataset_id for f in found if f is not None)
    if not copied or copied.most_common(1)[0][1] < COPIED_PART * len(found):
        return list(found)
    source = copied.most_common(1)[0][0]
    looked = list(found)
    for offset, leader in enumerate(found):
        if leader is None:
            nearby = (p for p in near[offset] if members[p].dataset_id == source)
            looked[offset] = next(
                (
                    p
                    for p in nearby
                    if repeats(
                        traits[offset],
                        book.traits[p],
                        float(rows[len(members) + offset] @ rows[p]),
                        lenient=True,
                    )
                ),
                None,
            )
    return looked
