"""A sparse suffix array over the word starts of some records, in one run of bytes that can be mapped from a file.

pydivsufsort sorts every suffix; those that begin a word are kept, 4 bytes each. Beside them stand the texts, and
for every term in how many records of which data sets it is.
"""

import hashlib
import os
import struct
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from mmap import ACCESS_READ, mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydivsufsort import divsufsort

from tallystick.errors import IntegrityMismatch, InvalidInput
from tallystick.pipeline.attribution.spans.words import SEPARATOR, WORD, is_inside, terms_of, words_of

_MAGIC = b"tallystick-span1"
_PARTS = 9
# Positions are 4 bytes, and the sorter's are signed.
_MOST = 2**31 - 1
Numbers = NDArray[np.uint32]


class Segment:
    """Records `[0, count)` in chain order, `blocks` being the order of each one's data set. Reads, never writes."""

    def __init__(self, raw: bytes | mmap) -> None:
        self.raw = raw
        edges = _edges(raw)
        (self.text_at, self.text_end), *tables, (self._terms_at, _) = edges
        views = [memoryview(raw)[a:b].cast("I") for a, b in tables]
        self.suffixes, self.starts, self.blocks, *vocabulary = views
        self._term_ends, self._posting_ends, self._held_by, self._holders = vocabulary

    @property
    def count(self) -> int:
        return len(self.starts)

    @property
    def size(self) -> int:
        """Bytes of canonical text."""
        return self.text_end - self.text_at

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.raw).digest()

    def texts(self) -> Iterator[bytes]:
        """The canonical texts again."""
        return map(self.text_of, range(self.count))

    def record_at(self, position: int) -> int:
        return bisect_right(self.starts, position) - 1

    def text_of(self, record: int) -> bytes:
        end = self.starts[record + 1] if record + 1 < self.count else self.size
        return self.raw[self.text_at + self.starts[record] : self.text_at + end - 1]

    def end_of_block(self, record: int) -> int:
        """Where the texts of the record's data set end."""
        after = bisect_right(self.blocks, self.blocks[record])
        return self.starts[after] if after < self.count else self.size

    def records_upto(self, block: int) -> int:
        return bisect_right(self.blocks, block)

    def positions(self, piece: bytes) -> list[int]:
        """Where `piece`, whole words, stands as whole words; ascending."""
        raw, base, size, array = self.raw, self.text_at, len(piece), self.suffixes
        low = bisect_left(array, piece, key=lambda at: raw[base + at : base + at + size])
        if low == len(array) or raw[base + array[low] : base + array[low] + size] != piece:
            return []
        high = bisect_right(array, piece, lo=low, key=lambda at: raw[base + at : base + at + size])
        found = np.sort(np.frombuffer(array[low:high], np.uint32)).tolist()
        return [p for p in found if not is_inside(raw, base + p + size)]

    def holders(self, term: bytes, block: int) -> int:
        """Records of data sets up to `block` that have the term."""
        raw, base, ends = self.raw, self._terms_at, self._term_ends

        def term_at(place: int) -> bytes:
            return raw[base + (ends[place - 1] if place else 0) : base + ends[place]]

        place = bisect_left(range(len(ends)), term, key=term_at)
        if place == len(ends) or term_at(place) != term:
            return 0
        first, last = self._posting_ends[place - 1] if place else 0, self._posting_ends[place]
        upto = bisect_right(self._held_by, block, first, last)
        return sum(self._holders[first:upto])


def build(texts: Sequence[bytes], blocks: Sequence[int]) -> Segment:
    """A segment over canonical texts; `blocks` rise, one a text. InvalidInput above 2 GiB."""
    joined = SEPARATOR.join([*texts, b""])
    if len(joined) > _MOST:
        raise InvalidInput(
            f"{len(joined)} bytes of text are too many for one part of the span index.",
            "Serve fewer records with one adapter.",
        )
    starts = np.cumsum([0, *(len(t) + 1 for t in texts)])[:-1].astype(np.uint32)
    terms, ends, postings = _vocabulary(texts, blocks)
    parts = [
        joined,
        _suffixes(joined).tobytes(),
        starts.tobytes(),
        np.array(blocks, np.uint32).tobytes(),
        *(np.array(numbers, np.uint32).tobytes() for numbers in (ends, *postings)),
        terms,
    ]
    return Segment(_packed(parts))


def _suffixes(joined: bytes) -> Numbers:
    is_start = np.zeros(len(joined) + 1, bool)
    is_start[np.fromiter((m.start() for m in WORD.finditer(joined)), np.int64)] = True
    if not is_start.any():
        return np.zeros(0, np.uint32)
    array = divsufsort(joined)
    return np.asarray(array[is_start[array]], dtype=np.uint32)


def _vocabulary(
    texts: Sequence[bytes], blocks: Sequence[int]
) -> tuple[bytes, list[int], tuple[list[int], list[int], list[int]]]:
    """Terms end to end in byte order; where each ends; where its postings end, their blocks, and their numbers of
    records."""
    counts: dict[bytes, Counter[int]] = {}
    for text, block in zip(texts, blocks, strict=True):
        for term in set(terms_of(words_of(text))) - {b""}:
            counts.setdefault(term, Counter())[block] += 1
    ordered = sorted(counts)
    term_ends = np.cumsum([len(t) for t in ordered]).tolist()
    posting_ends = np.cumsum([len(counts[t]) for t in ordered]).tolist()
    postings = [entry for t in ordered for entry in sorted(counts[t].items())]
    return b"".join(ordered), term_ends, (posting_ends, [b for b, _ in postings], [n for _, n in postings])


def _packed(parts: Sequence[bytes]) -> bytes:
    assert len(parts) == _PARTS
    padded = b"".join(part + bytes(-len(part) % 8) for part in parts)
    return _MAGIC + struct.pack(f"<{_PARTS}Q", *(len(p) for p in parts)) + padded


def _edges(raw: bytes | mmap) -> list[tuple[int, int]]:
    head = len(_MAGIC) + 8 * (_PARTS)
    if raw[: len(_MAGIC)] != _MAGIC or len(raw) < head:
        raise _damaged()
    at, found = head, []
    for length in struct.unpack(f"<{_PARTS}Q", raw[len(_MAGIC) : head]):
        found.append((at, at + length))
        at += length + -length % 8
    if at != len(raw):
        raise _damaged()
    return found


def write(segment: Segment, path: Path) -> None:
    """Under a temporary name first, so that a crash leaves no half file."""
    half = path.with_suffix(".part")
    with half.open("wb") as out:
        out.write(segment.raw)
        out.flush()
        os.fsync(out.fileno())
    half.replace(path)


def mapped(path: Path, digest: bytes) -> Segment:
    """The segment of that digest, mapped from its file; IntegrityMismatch for another content."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            raise _damaged()
        raw = mmap(file.fileno(), 0, access=ACCESS_READ)
    segment = Segment(raw)
    if segment.digest != digest:
        raise _damaged()
    return segment


def _damaged() -> IntegrityMismatch:
    return IntegrityMismatch(
        "A file of the span index is not what was committed.", "Delete it; it is built anew from the records."
    )
