"""Records put together from pieces of earlier ones. Such a record follows the leader of its largest part."""

from collections import Counter
from collections.abc import Mapping, Sequence

from tallystick.pipeline.attribution.clusters.traits import Traits

# Three words in a row that more leaders have are a template's.
MOST_HOLDERS = 3
COVERED = 0.75


def largest_part(
    later: Traits, held: Mapping[tuple[str, ...], Sequence[int]], leaders: Mapping[int, Traits]
) -> int | None:
    """The leader that most of the record's words come from, when nearly all come from leaders.

    `held` says which leaders have three words in a row.
    """
    source: list[int | None] = [None] * len(later.order)
    for at, run in enumerate(later.runs):
        holders = held.get(run, ())
        if 0 < len(holders) <= MOST_HOLDERS:
            for k in range(at, at + len(run)):
                source[k] = holders[0] if source[k] is None else source[k]
    found = [s for s in source if s is not None]
    if len(found) < COVERED * max(len(source), 1):
        return None
    parts = Counter(found)
    told = frozenset[str]().union(*(leaders[p].bag for p in parts))
    if not (later.names | later.numbers) <= told or later.denied != _denied(parts, leaders):
        return None
    return min(parts, key=lambda p: (-parts[p], p))


def _denied(parts: Mapping[int, int], leaders: Mapping[int, Traits]) -> frozenset[str]:
    return frozenset[str]().union(*(leaders[p].denied for p in parts))
