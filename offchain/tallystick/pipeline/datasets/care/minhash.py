"""Which texts repeat an earlier one: MinHash proposes, the exact measure of domain/lexical decides.

One-permutation hashing with optimal densification (Shrivastava, ICML 2017), cut into bands. A pair at the threshold of
0.8 is proposed with probability 0.998 (1 - (1 - 0.8^6)^21); below the threshold nothing is ever accepted. Where hundreds
of texts share a template, only the earliest `MOST_COMPARED` that are met are compared, so that time stays linear. A
near-copy also has the same numbers and names, as attribution's clusters demand: another price makes another record.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from tallystick.domain.lexical import normalised, overlap, shingles, telling

SHINGLE = 5
BANDS, ROWS = 21, 6
BINS = BANDS * ROWS
# Per record: bounds the work where thousands of texts share a template.
MOST_COMPARED = 256
_CHUNK = 2**20
_EMPTY = np.uint64(2**64 - 1)
_ATTEMPTS = 64
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_RADIX = np.uint64(0x9E3779B97F4A7C15)

# Three standard deviations of a similarity that is estimated from the signatures alone.
_SLACK = 0.11

Bucket = tuple[int, int]
Words = NDArray[np.uint64]
# Of two near texts by place, whether they are different records all the same.
IsOther = Callable[[int, int], bool]


def _never(_one: int, _two: int) -> bool:
    return False


def copies_within(texts: Sequence[str], similarity: float, is_other: IsOther = _never) -> list[int | None]:
    """For every text the earliest one that it repeats and that itself repeats none, else None."""
    return _follow(texts, 0, similarity, is_other)


def copies_of(
    known: Sequence[str], texts: Sequence[str], similarity: float, is_other: IsOther = _never
) -> list[int | None]:
    """For every text the first of `known` that it repeats, else None; `is_other` counts through both."""
    return _follow([*known, *texts], len(known), similarity, is_other)[len(known) :]


def _follow(texts: Sequence[str], known: int, similarity: float, is_other: IsOther) -> list[int | None]:
    """The first `known` texts all lead; where there are any, nobody else does."""
    plain = [normalised(text) for text in texts]
    same = _same(plain, known)
    leader: list[int | None] = [None] * len(texts)
    places = [p for p, text in enumerate(plain) if text and same[p] is None]
    signed = signatures([plain[p] for p in places])
    book = _Book(texts, places, signed, similarity, is_other)
    for row, buckets in _shared_buckets(signed):
        place = places[row]
        leader[place] = book.find(row, buckets) if place >= known else None
        if place < known or (leader[place] is None and not known):
            book.add(row, buckets)
    # What is the same as a near-copy follows the near-copy's leader.
    return [
        near if first is None else first if leader[first] is None else leader[first]
        for near, first in zip(leader, same, strict=True)
    ]


def _same(plain: Sequence[str], known: int) -> list[int | None]:
    """For every normalised text an earlier equal one that leads; known texts and empty ones follow none."""
    firsts: dict[str, int] = {}
    same: list[int | None] = []
    for place, text in enumerate(plain):
        same.append(firsts.get(text) if place >= known and text else None)
        if place < known or not known:
            firsts.setdefault(text, place)
    return same


@dataclass(slots=True)
class _Book:
    """Leaders by bucket. Rows count the compared texts, places all of them."""

    texts: Sequence[str]
    places: Sequence[int]
    signed: Words
    similarity: float
    is_other: IsOther
    leaders: dict[Bucket, list[int]] = field(default_factory=lambda: defaultdict(list))
    # A text is compared with many in a row.
    telling: Callable[[str], frozenset[str]] = field(default_factory=lambda: lru_cache(2**14)(telling))
    shingles: Callable[[str], frozenset[str]] = field(
        default_factory=lambda: lru_cache(2**10)(partial(shingles, size=SHINGLE))
    )

    def add(self, row: int, buckets: Sequence[Bucket]) -> None:
        for bucket in buckets:
            self.leaders[bucket].append(row)

    def find(self, row: int, buckets: Sequence[Bucket]) -> int | None:
        """The place of the earliest leader that the row's text repeats."""
        met = sorted({r for bucket in buckets for r in self.leaders.get(bucket, ())[:MOST_COMPARED]})
        if not met:
            return None
        rows = np.array(met[:MOST_COMPARED])
        alike = (self.signed[rows] == self.signed[row]).mean(axis=1)
        own = self.places[row]
        near = (self.places[int(r)] for r in rows[alike >= self.similarity - _SLACK])
        return next((other for other in near if self._repeats(own, other)), None)

    def _repeats(self, own: int, other: int) -> bool:
        one, two = self.texts[own], self.texts[other]
        if self.telling(one) != self.telling(two):
            return False
        is_near = overlap(self.shingles(one), self.shingles(two)) >= self.similarity
        return is_near and not self.is_other(own, other)


def _shared_buckets(signed: Words) -> Iterator[tuple[int, list[Bucket]]]:
    """Rows in order that share a bucket with another one, with those buckets; the rest repeats nothing."""
    keys = np.zeros((len(signed), BANDS), np.uint64)
    shared = np.zeros((len(signed), BANDS), bool)
    for band in range(BANDS):
        mixed = np.zeros(len(signed), np.uint64)
        for column in range(band * ROWS, (band + 1) * ROWS):
            mixed = _mixed(mixed * _RADIX + signed[:, column])
        keys[:, band] = mixed
        _, inverse, counts = np.unique(mixed, return_inverse=True, return_counts=True)
        shared[:, band] = counts[inverse] > 1
    for row in np.flatnonzero(shared.any(axis=1)):
        yield int(row), [(int(b), int(keys[row, b])) for b in np.flatnonzero(shared[row])]


def signatures(plain: Sequence[str]) -> Words:
    """One row of `BINS` minima a normalised text; the same on every machine."""
    made = np.full((len(plain), BINS), _EMPTY, np.uint64)
    start = 0
    while start < len(plain):
        stop, size = start, 0
        while stop < len(plain) and (stop == start or size + len(plain[stop]) <= _CHUNK):
            size += len(plain[stop])
            stop += 1
        _sign(plain[start:stop], made[start:stop])
        start = stop
    return _densified(made)


def _sign(plain: Sequence[str], into: Words) -> None:
    padded = [text.ljust(SHINGLE, "\0") for text in plain]
    codes = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    lengths = np.array([len(text) for text in padded])
    windows = len(codes) - SHINGLE + 1
    rolled = np.zeros(windows, np.uint64)
    for offset in range(SHINGLE):
        rolled = rolled * _RADIX + codes[offset : offset + windows]
    hashed = _mixed(rolled)
    owner = np.repeat(np.arange(len(plain)), lengths)[:windows]
    left = np.repeat(np.cumsum(lengths), lengths)[:windows] - np.arange(windows)
    within = left >= SHINGLE
    bins = (hashed[within] >> np.uint64(32)) % np.uint64(BINS)
    np.minimum.at(into, (owner[within], bins.astype(np.int64)), hashed[within] & np.uint64(0xFFFFFFFF))


def _densified(signed: Words) -> Words:
    """Empty bins take the value of another, chosen by bin and attempt alone."""
    filled = signed.copy()
    bins = np.arange(BINS, dtype=np.uint64)
    for attempt in range(_ATTEMPTS):
        rows, columns = np.nonzero(filled == _EMPTY)
        if not len(rows):
            break
        source = _mixed(bins * _RADIX + np.uint64(attempt + 1)) % np.uint64(BINS)
        filled[rows, columns] = signed[rows, source[columns].astype(np.int64)]
    return filled


def _mixed(x: Words) -> Words:
    x = (x ^ (x >> np.uint64(30))) * _MIX_1
    x = (x ^ (x >> np.uint64(27))) * _MIX_2
    return x ^ (x >> np.uint64(31))
