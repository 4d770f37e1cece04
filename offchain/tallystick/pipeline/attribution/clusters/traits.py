"""What comparing two records needs to know of each, read once."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from tallystick.domain.lexical import FUNCTION_WORDS, denials, normalised, shingles, telling, words

_BEGINNING = re.compile(r"(?:^|[.!?:;]\s+)\W*\w")
# A word that more than half the records of a data set have is its template; any other may be a value there.
_TEMPLATE = 2
# Below so few records a template cannot be told from what fills it.
_FEW = 8


@dataclass(frozen=True)
class Traits:
    """`values` are the words that tell this record from its neighbours in its own data set."""

    text: str
    order: list[str]
    values: frozenset[str]
    names: frozenset[str]

    @cached_property
    def plain(self) -> str:
        return normalised(self.text)

    @cached_property
    def bag(self) -> Counter[str]:
        return Counter(self.order)

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset(w for w in self.bag if any(c.isdigit() for c in w))

    @cached_property
    def denied(self) -> frozenset[str]:
        return denials(self.order)

    @cached_property
    def shingles(self) -> frozenset[str]:
        return shingles(self.text)

    @cached_property
    def runs(self) -> list[tuple[str, ...]]:
        """Three words in a row, from each word on."""
        return list(zip(self.order, self.order[1:], self.order[2:], strict=False))


def _names(text: str) -> frozenset[str]:
    """Numbers, and what has a capital elsewhere than where a sentence begins."""
    return telling(_BEGINNING.sub(lambda m: m.group().lower(), text))


def traits_of(texts: Sequence[str]) -> list[Traits]:
    """Of one data set's records, which say what its template is. So nobody else's registration changes them."""
    orders = [words(t) for t in texts]
    held = Counter(w for order in orders for w in set(order))
    most = len(texts) // _TEMPLATE if len(texts) >= _FEW else len(texts)
    found = []
    for text, order in zip(texts, orders, strict=True):
        names = _names(text)
        rare = frozenset(w for w in order if held[w] <= most and w not in FUNCTION_WORDS)
        named = frozenset(n for n in names if n in held and held[n] <= max(most, 1))
        found.append(Traits(text, order, rare | named, names))
    return found
