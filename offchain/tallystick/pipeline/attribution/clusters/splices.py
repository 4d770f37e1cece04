"""Records put together from pieces of earlier ones. Such a record follows the leader of its largest part."""

from collections import Counter
from collections.abc import Mapping, Sequence

from tallystick.pipeline.attribution.clusters.repeats import keeps
from tallystick.pipeline.attribution.clusters.traits import Traits

# Three words in a row that more leaders have are a template's.
MOST_HOLDERS = 3
COVERED = 0.75
NEW_VALUES = 0.1
# Runs of three words: a piece of a long text that need not keep all that the text tells.
_LONG = 12


def largest_part(
    later: Traits,
    candidates: Sequence[int],
    held: Mapping[tuple[str, ...], Sequence[int]],
    leaders: Mapping[int, Traits],
) -> int | None:
    """The leader that most of the words come from, when nearly all come from leaders of which a whole fact is in it.

    `candidates` share values with the record; `held` says which leaders have three words in a row.
    """
    hits = Counter(p for run in later.runs for p in held.get(run, ()) if len(held[run]) <= MOST_HOLDERS)
    sources = [p for p in candidates if leaders[p].values and keeps(later, leaders[p])]
    sources += [p for p, n in hits.items() if n >= _LONG and p not in sources]
    covered: dict[int, set[int]] = {}
    for place in sources:
        runs = set(leaders[place].runs)
        at = (k for k, run in enumerate(later.runs) if run in runs)
        covered[place] = {k + step for k in at for step in range(3)}
    if len(set[int]().union(*covered.values())) < COVERED * max(len(later.order), 1):
        return None
    told = frozenset[str]().union(*(leaders[p].bag for p in sources))
    denied = frozenset[str]().union(*(leaders[p].denied for p in sources))
    if not (later.names | later.numbers) <= told or later.denied != denied:
        return None
    if len(later.values - told) > NEW_VALUES * len(later.values):
        return None
    return min(covered, key=lambda p: (-len(covered[p]), p))
