"""R18: crashes, forks, outages and second senders at every step of a whole node: what the chaos rig found of this code.

Nothing is played here: `make bench NAME=chaos` plays, and its journals void what another code did.
"""

from collections.abc import Iterator

from bench import chaos
from bench.chaotic.kinds import all_kinds
from bench.harness import Figure, Impossible


def figures() -> Iterator[Figure | Impossible]:
    """Violations: money, receipts, roots or pay that a restart did not bring back, or brought twice."""
    name, unit, told, wrong = "crash_violations", "violations", list[str](), 0
    for kind in all_kinds().values():
        journal = chaos.journal_of(kind)
        outcomes = [o for part in kind.parts for o in journal.of(part)]
        if trials := sum(o.trials for o in outcomes):
            told.append(f"{kind.name} {trials:,} {kind.parts[0].unit}")
            wrong += sum(o.counts.get("violations", 0) for o in outcomes)
    if told:
        yield Figure(name, (float(wrong),), unit, f"R18, of this very code: {', '.join(told)}")
    else:
        yield Impossible(name, unit, "no trial of this very code yet: make bench NAME=chaos")
