"""Whether one record repeats another: the exact test that every candidate has to pass.

Repeating means that what the earlier record tells is told again, and hardly anything else. What tells is judged
by values: the words that a record does not share with its own data set's template. Another entity, number or
attribute is another fact, however alike the sentences; another wording of the same values is a copy, however
unlike.
"""

from tallystick.domain.lexical import FUNCTION_WORDS, overlap
from tallystick.pipeline.attribution.clusters.traits import Traits

# Up to so many values all must be kept, of more this part.
FEW_VALUES = 5
KEPT = 0.8
CONTAINED = 0.9
NEW_VALUES = 0.5
NEW_WHERE_NEAR = 0.7
NEAR_SHINGLES = 0.5
NEAR_WORDS = 0.5
NEAR_MEANING = 0.75
VERY_NEAR = 0.8
_LONGER = 2.5
_SHORT = 0.5
_IN_ORDER = 0.6
_SOME = 0.35
_PLACES = 2


def repeats(later: Traits, earlier: Traits, cosine: float, *, lenient: bool = False) -> bool:
    """Whether `later` says again what `earlier` says, `cosine` being how near their meanings are.

    `lenient` is for a data set that is known to copy the earlier one's: there names and numbers are enough.
    """
    if later.plain == earlier.plain:
        return True
    if (
        later.denied != earlier.denied
        or _has_swapped_names(later, earlier)
        or _fills_otherwise(later, earlier)
    ):
        return False
    return _is_part(later, earlier) or _is_reworded(later, earlier, cosine, lenient)


def _is_part(later: Traits, earlier: Traits) -> bool:
    """All words of the later record in whatever order, and nothing of its own."""
    if not later.order or not later.values.issubset(earlier.bag) or not later.names.issubset(earlier.bag):
        return False
    shared = sum((later.bag & earlier.bag).values())
    if shared < CONTAINED * len(later.order):
        return False
    if len(later.order) >= _SHORT * len(earlier.order):
        return keeps(later, earlier)
    runs = set(earlier.runs)
    return sum(run in runs for run in later.runs) >= _IN_ORDER * max(len(later.runs), 1)


def _is_reworded(later: Traits, earlier: Traits, cosine: float, lenient: bool) -> bool:
    if not later.order or not 1 / _LONGER <= len(later.order) / max(len(earlier.order), 1) <= _LONGER:
        return False
    if not later.numbers <= earlier.numbers or not _names_known(later, earlier):
        return False
    if not (_mostly_keeps(later, earlier) if lenient else keeps(later, earlier)):
        return False
    new = later.values.difference(earlier.bag)
    allowed = NEW_WHERE_NEAR if cosine >= VERY_NEAR else NEW_VALUES
    if len(new) > allowed * max(len(later.values), 1):
        return False
    return (
        cosine >= NEAR_MEANING
        or overlap(later.shingles, earlier.shingles) >= NEAR_SHINGLES
        or _shared(later, earlier) >= NEAR_WORDS
    )


def keeps(later: Traits, earlier: Traits) -> bool:
    """Whether the earlier record's values are in the later one: its numbers all, of many others most."""
    if not (earlier.numbers & earlier.values).issubset(later.bag):
        return False
    kept = _kept(later, earlier)
    return kept == 1 or (len(earlier.values) > FEW_VALUES and kept >= KEPT)


def _mostly_keeps(later: Traits, earlier: Traits) -> bool:
    """Its names and numbers all, of its other values some."""
    named = (earlier.numbers | earlier.names) & earlier.values
    return bool(named) and named.issubset(later.bag) and _kept(later, earlier) >= _SOME


def _kept(later: Traits, earlier: Traits) -> float:
    if not earlier.values:
        return 1.0
    return sum(v in later.bag for v in earlier.values) / len(earlier.values)


def _names_known(later: Traits, earlier: Traits) -> bool:
    new = later.names.difference(earlier.bag)
    return not new or (len(later.names) > FEW_VALUES and len(new) <= (1 - KEPT) * len(later.names))


def _shared(one: Traits, two: Traits) -> float:
    """Jaccard similarity of the words with their counts."""
    both = sum((one.bag & two.bag).values())
    return both / max(len(one.order) + len(two.order) - both, 1)


def _fills_otherwise(one: Traits, two: Traits) -> bool:
    """The same short sentence but for a word or two in their places: open is not closed, however frequent both
    are.
    """
    if len(one.order) != len(two.order) or len(two.values) > FEW_VALUES:
        return False
    unlike = [(a, b) for a, b in zip(one.order, two.order, strict=True) if a != b]
    return 0 < len(unlike) <= _PLACES and not any(w in FUNCTION_WORDS for pair in unlike for w in pair)


def _has_swapped_names(one: Traits, two: Traits) -> bool:
    """The same sentence with its names in other places: A beat B is not B beat A."""
    names = one.names | two.names
    rest_one, rest_two = ([w for w in t.order if w not in names] for t in (one, two))
    named_one, named_two = ([w for w in t.order if w in names] for t in (one, two))
    return rest_one == rest_two and named_one != named_two
