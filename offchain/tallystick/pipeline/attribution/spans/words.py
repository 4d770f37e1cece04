"""Canonical text, its words, and the terms whose rarity counts. The same bytes on every machine.

A word is a run of letters and digits. Scripts without blanks (Chinese, Japanese, Thai and their like) have one word a
character, and two neighbours make a term, since single characters are never rare.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from mmap import mmap

from tallystick.domain.lexical import normalised

# A byte that UTF-8 never has.
SEPARATOR = b"\xff"
_RUN = (
    rb"(?:[0-9a-z]|[\xc3-\xdf][\x80-\xbf]|\xe0[\xa0-\xb7][\x80-\xbf]"
    rb"|\xe1[\x83-\x9d\xa0-\xbf][\x80-\xbf]|[\xea-\xed][\x80-\xbf]{2})+"
)
WORD = re.compile(_RUN + rb"|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_NARROW = re.compile(_RUN)


@dataclass(frozen=True, slots=True)
class Word:
    """Bytes `[start, end)` of a canonical text."""

    start: int
    end: int
    form: bytes


def canonical(text: str) -> bytes:
    """Normalised text as UTF-8, in which spans are measured: lengths and offsets count its bytes."""
    return normalised(text).encode("utf-8", "surrogatepass")


def words_of(plain: bytes) -> list[Word]:
    """In order; bytes between them are blanks and punctuation."""
    return [Word(m.start(), m.end(), m.group()) for m in WORD.finditer(plain)]


def terms_of(words: Sequence[Word]) -> list[bytes]:
    """One term a word: itself, or with its neighbour where characters stand for words; empty for the last of
    those."""
    wide = [_NARROW.fullmatch(w.form) is None for w in words]
    terms = []
    for i, word in enumerate(words):
        if not wide[i]:
            terms.append(word.form)
            continue
        joins = i + 1 < len(words) and wide[i + 1] and words[i + 1].start == word.end
        terms.append(word.form + words[i + 1].form if joins else b"")
    return terms


def is_inside(raw: bytes | mmap, at: int) -> bool:
    """Whether position `at` stands in the middle of a run of letters and digits."""
    if at <= 0 or _NARROW.match(raw, at) is None:
        return False
    before = at - 1
    while before > 0 and 0x80 <= raw[before] < 0xC0:
        before -= 1
    return _NARROW.match(raw, before, at) is not None
