"""Words and BM25: the lexical measure that retrieval and attribution share. Knows no embeddings."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"[^\W_]+(?:[.,'-][^\W_]+)*")
_OPENERS = frozenset(_WORD.findall("a an at by for how in of on the to what when where which who"))
# They carry a sentence, never a fact.
FUNCTION_WORDS = _OPENERS | frozenset(
    _WORD.findall(
        "am and are as be been but can could did do does from had has have he her him his i if into is it its"
        " may me might my or our over own she should so some such than that their them then there these they"
        " this those through too under up us very was we were while whom whose why will with would you your"
    )
)
_DENIALS = frozenset(_WORD.findall("no not never none without isn't doesn't aren't don't can't won't"))
# What Unicode calls default ignorable: joiners, marks of direction, fillers, variation selectors, tags.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U000e0000-\U000e0fff]"
)
# Cyrillic and Greek letters that nobody tells from Latin ones. Micro is no m: it stands in units.
_ALIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТХУаеѕіјкорсхуһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορχ",
    "ABESIJKMHOPCTXYaesijkopcxyhdqwABEZHIKMNOPTYXaikvopx",
)
_MIXED = re.compile(r"(?=\w*[A-Za-z])\w*[\u0370-\u052f]\w*")


def _plain(text: str) -> str:
    """Compatibility form without invisible characters; a word of Latin letters and their look-alikes is Latin."""
    seen = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return _MIXED.sub(_unmasked, seen)


def _unmasked(found: re.Match[str]) -> str:
    """As it was where a letter has no Latin look: then the word is no disguise."""
    word = found.group().translate(_ALIKE)
    return word if word.isascii() else found.group()


def normalised(text: str) -> str:
    """Plain, case folded, blanks single: for comparing, never for showing."""
    return " ".join(_plain(text).casefold().split())


def words(text: str) -> list[str]:
    """Lower-case words; numbers stay whole (1,265)."""
    return _WORD.findall(normalised(text))


def telling(text: str) -> frozenset[str]:
    """Numbers and names: what a paraphrase has to keep."""
    found = (w for w in _WORD.findall(_plain(text)) if w[0].isdigit() or w[0].isupper())
    return frozenset(w.casefold() for w in found) - _OPENERS


def denials(told: Iterable[str]) -> frozenset[str]:
    """Those of the words that turn a sentence round."""
    return _DENIALS.intersection(told)


def shingles(text: str, size: int = 5) -> frozenset[str]:
    """Overlapping runs of characters of the normalised text."""
    plain = normalised(text)
    return frozenset(plain[i : i + size] for i in range(max(len(plain) - size + 1, 1)))


def overlap(a: frozenset[str], b: frozenset[str]) -> float:
    """Jaccard similarity; two empty sets are unlike."""
    return len(a & b) / len(a | b) if a or b else 0.0


class Bm25:
    """BM25 (Robertson and Zaragoza 2009; k1 1.2, b 0.75) over a fixed list of texts."""

    def __init__(self, texts: Sequence[str], k1: float = 1.2, b: float = 0.75) -> None:
        counts = [Counter(words(t)) for t in texts]
        lengths = [sum(c.values()) for c in counts]
        mean = sum(lengths) / max(len(lengths), 1) or 1.0
        seen = Counter(word for c in counts for word in c)
        self.count = len(texts)
        self._seen = seen
        self._postings: dict[str, list[tuple[int, float]]] = {}
        for i, (count, length) in enumerate(zip(counts, lengths, strict=True)):
            for word, n in count.items():
                weight = self._rarity(word) * n * (k1 + 1) / (n + k1 * (1 - b + b * length / mean))
                self._postings.setdefault(word, []).append((i, weight))

    def scores(self, query: str) -> list[float]:
        """One score a text; a word counts once however often the query has it."""
        total = [0.0] * self.count
        for word in sorted(set(words(query))):
            for i, weight in self._postings.get(word, ()):
                total[i] += weight
        return total

    def most(self, query: str) -> float:
        """What a text of average length would score that has each word of the query once; a word of no text is rarest."""
        return sum(self._rarity(word) for word in sorted(set(words(query))))

    def _rarity(self, word: str) -> float:
        return math.log(1 + (self.count - self._seen[word] + 0.5) / (self._seen[word] + 0.5))
