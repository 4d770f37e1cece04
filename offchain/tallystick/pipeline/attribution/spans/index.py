"""The span index over a training manifest: which records the words of an answer stand in, and how rare they are
there.

Only records of the manifest are in it, and the manifest was committed before the adapter was trained, so that
whatever is found here is earlier than training by construction.

A record registered later changes no span of an earlier one. A run of `ANCHOR` words belongs to the first data set
that has it, so long as few of its records do; rarity counts the records of that data set and of those before it;
and words that one record took are gone for later ones. So copies, whether they are noticed or not, neither earn
here nor take anything away.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tallystick.errors import InvalidInput
from tallystick.pipeline.attribution.spans.rarity import MICRO_BITS, micro_bits
from tallystick.pipeline.attribution.spans.segment import Segment, build, mapped, write
from tallystick.pipeline.attribution.spans.words import Word, canonical, is_inside, terms_of, words_of

ANCHOR = 4
# Records of one data set with the same words: what more have is its template.
MOST_HOLDERS = 2
LEAST_BITS = 8 * MICRO_BITS
# A new part is joined with the last one while that has at most so many times its bytes.
_JOIN = 4


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `[start, start + length)` of the canonical answer that stand at `offset` of a record's canonical text.

    `place` counts the index's records; `weight` is in micro-bits, of its rare words that neither prompt nor
    passages nor an earlier span has.
    """

    start: int
    length: int
    place: int
    offset: int
    weight: int


@dataclass(frozen=True, slots=True)
class _Found:
    """A match with the segment and the position in its text; `first` and `last` count the answer's words."""

    part: int
    position: int
    first: int
    last: int


class SpanIndex:
    """Records in chain order. Reading needs no lock."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self.segments = tuple(segments)
        ends = [0]
        for segment in self.segments:
            ends.append(ends[-1] + segment.count)
        self._first_places = ends
        for one, two in pairwise(self.segments):
            if one.blocks[-1] >= two.blocks[0]:
                raise InvalidInput("The parts of the span index are not in chain order.", "Build it anew.")

    @classmethod
    def of(cls, texts: Sequence[str], orders: Sequence[int]) -> "SpanIndex":
        """Over texts in chain order, `orders` being the chain order of each one's data set."""
        return cls(()).extended(texts, orders)

    @property
    def count(self) -> int:
        return self._first_places[-1]

    @property
    def digest(self) -> bytes:
        """Of the canonical texts and their data sets' orders, however the index is parted."""
        total = hashlib.sha256()
        for segment in self.segments:
            for text, block in zip(segment.texts(), segment.blocks, strict=True):
                total.update(block.to_bytes(4, "big") + hashlib.sha256(text).digest())
        return total.digest()

    def extended(self, texts: Sequence[str], orders: Sequence[int]) -> "SpanIndex":
        """With further records of later data sets; only parts that are not much larger are sorted anew."""
        if not texts:
            return self
        if list(orders) != sorted(orders) or (self.segments and orders[0] <= self.segments[-1].blocks[-1]):
            raise InvalidInput("Texts come in chain order.", "Build the index anew to put one in between.")
        plain, blocks, kept = [canonical(t) for t in texts], list(orders), list(self.segments)
        while kept and kept[-1].size <= _JOIN * sum(map(len, plain)):
            last = kept.pop()
            plain, blocks = [*last.texts(), *plain], [*last.blocks.tolist(), *blocks]
        return SpanIndex([*kept, build(plain, blocks)])

    def save(self, folder: Path) -> tuple[bytes, ...]:
        """Files by digest; those that stand there are kept."""
        folder.mkdir(parents=True, exist_ok=True)
        digests = tuple(s.digest for s in self.segments)
        for segment, digest in zip(self.segments, digests, strict=True):
            if not (folder / f"{digest.hex()}.spans").exists():
                write(segment, folder / f"{digest.hex()}.spans")
        return digests

    @classmethod
    def open(cls, folder: Path, digests: Iterable[bytes]) -> "SpanIndex":
        """Mapped from files; IntegrityMismatch where one was changed."""
        return cls([mapped(folder / f"{d.hex()}.spans", d) for d in digests])

    def spans(self, answer: str, prompt: str) -> tuple[Span, ...]:
        """Earliest records first; `prompt` is all that the model was shown, passages included."""
        plain = canonical(answer)
        words = words_of(plain)
        terms = terms_of(words)
        taken = set(terms_of(words_of(canonical(prompt)))) | {b""}
        spans = []
        for found in sorted(set(self._matches(plain, words)), key=lambda f: (f.part, f.position)):
            segment = self.segments[found.part]
            record = segment.record_at(found.position)
            fresh = set(terms[found.first : found.last]) - taken
            weight = sum(self.weight(t, segment.blocks[record]) for t in fresh)
            if weight < LEAST_BITS:
                continue
            taken |= fresh
            start = words[found.first].start
            spans.append(
                Span(
                    start,
                    words[found.last - 1].end - start,
                    self._first_places[found.part] + record,
                    found.position - segment.starts[record],
                    weight,
                )
            )
        return tuple(spans)

    def answer_bits(self, answer: str, prompt: str) -> int:
        """Micro-bits of all rare words of the answer that were not in the prompt: what spans can weigh at most,
        nearly."""
        shown = set(terms_of(words_of(canonical(prompt)))) | {b""}
        fresh = set(terms_of(words_of(canonical(answer)))) - shown
        block = self.segments[-1].blocks[-1] if self.segments else 0
        return sum(self.weight(t, block) for t in fresh)

    def weight(self, term: bytes, block: int) -> int:
        """Micro-bits of a term among the records of data sets up to `block`."""
        holders = sum(s.holders(term, block) for s in self.segments)
        records = sum(s.records_upto(block) for s in self.segments)
        return micro_bits(records, holders)

    def _matches(self, plain: bytes, words: Sequence[Word]) -> Iterable[_Found]:
        """The longest match of each anchor in the first data set that has it."""
        for i in range(len(words) - ANCHOR + 1):
            piece = plain[words[i].start : words[i + ANCHOR - 1].end]
            for part, segment in enumerate(self.segments):
                positions = segment.positions(piece)
                if positions:
                    end = segment.end_of_block(segment.record_at(positions[0]))
                    held = positions[: bisect_left(positions, end)]
                    if len({segment.record_at(p) for p in held}) <= MOST_HOLDERS:
                        grown = (_grown(segment, part, p, i, plain, words) for p in held)
                        yield max(grown, key=lambda f: (f.last - f.first, -f.position))
                    break


def _grown(segment: Segment, part: int, position: int, i: int, plain: bytes, words: Sequence[Word]) -> _Found:
    """The anchor at the answer's word i and at `position`, as far to both sides as whole words agree."""
    record = segment.record_at(position)
    text, origin = segment.text_of(record), segment.starts[record]
    shift = position - origin - words[i].start
    first, last = i, i + ANCHOR
    while last < len(words):
        gap, end = words[last - 1].end, words[last].end
        if text[gap + shift : end + shift] != plain[gap:end] or is_inside(text, end + shift):
            break
        last += 1
    while first > 0:
        start, gap = words[first - 1].start, words[first].start
        if start + shift < 0 or text[start + shift : gap + shift] != plain[start:gap]:
            break
        if is_inside(text, start + shift):
            break
        first -= 1
    return _Found(part, words[first].start + shift + origin, first, last)
