"""Kills, power losses, failing disks, reorganisations and clocks against the node: `make bench NAME=chaos`.

KIND=kills,power takes some of the kinds, MINUTES=60 says how long all told. Every seed's outcome is appended to
`build/chaos/<kind>.jsonl` with the digest of the code that it speaks of; a run goes on after the last seed of the same
code. `docs/benchmarks/chaos.jsonl` keeps totals for a new clone; WRITE=1 brings it up to date.
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from bench.chaotic.kinds import ROOT, all_kinds
from bench.harness import Figure
from prove.campaign import Campaign, Journal, Outcome, Standing, advance, digest_of, standings

JOURNALS = ROOT / "build" / "chaos"
TOTALS = ROOT / "docs" / "benchmarks" / "chaos.jsonl"
MINUTES = 10.0


def measure() -> Iterator[Figure]:
    kinds = all_kinds()
    chosen = [name for name in os.environ.get("KIND", "").split(",") if name] or list(kinds)
    seconds = 60 * float(os.environ.get("MINUTES", MINUTES))
    journals = {name: journal_of(kind) for name, kind in kinds.items()}
    for left, name in zip(range(len(chosen), 0, -1), chosen, strict=True):
        journal = journals[name]
        if journal.void:
            print(f"{name}: {journal.void} earlier outcomes are void, the tested files have changed")
        seconds -= advance(kinds[name], journal, seconds / left, _tell())
    if os.environ.get("WRITE"):
        write_totals(TOTALS, kinds, journals)
    for name, kind in kinds.items():
        yield from figures(kind, journals[name])


def figures(kind: Campaign, journal: Journal) -> Iterator[Figure]:
    """Trials, what went wrong, and the greatest rate of it that they leave open."""
    outcomes = [o for part in kind.parts for o in journal.of(part)]
    counts: dict[str, int] = {}
    for o in outcomes:
        for name, count in o.counts.items():
            counts[name] = counts.get(name, 0) + count
    spent = counts.pop("milliseconds", 0) // 1000
    how = f"in {spent:,} s; " + ", ".join(f"{n:,} {c}" for c, n in sorted(counts.items()))
    found = standings(kind, journal)
    yield Figure(kind.name, (sum(s.trials for s in found),), kind.parts[0].unit, how)
    if kind.name == "kills":
        yield Figure("kills_receipts", (counts.get("receipts", 0),), "acknowledged", how)
    if kind.name == "rpc":
        share = counts.get("faulted", 0) / max(counts.get("calls", 0), 1)
        yield Figure("rpc_faulted_share", (share,), "of the calls", how)
    words = "; ".join(f"{o.part} {o.seed}: {o.note}" for o in outcomes if o.counts.get("violations"))
    yield Figure(
        f"{kind.name}_violations",
        (counts.get("violations", 0),),
        f"at most {_bound(found)} a trial",
        words or how,
    )


def journal_of(kind: Campaign) -> Journal:
    """With the totals that were committed for this very code, whose seeds count once."""
    digests = {part.name: digest_of([*kind.tested, *part.tested]) for part in kind.parts}
    journal = Journal(JOURNALS / f"{kind.name}.jsonl", digests)
    for part in kind.parts:
        known = _committed(kind.name, part.name, digests[part.name])
        journal.outcomes = [
            o for o in journal.outcomes if o.part != part.name or o.seed >= len(known)
        ] + known
    return journal


def write_totals(path: Path, kinds: Mapping[str, Campaign], journals: Mapping[str, Journal]) -> None:
    """A line a part: its seeds, which are all from nought on, their trials and counts, and what was said."""
    lines = []
    for name, kind in kinds.items():
        for part in kind.parts:
            done = journals[name].of(part)
            counts = {
                c: sum(o.counts.get(c, 0) for o in done) for c in sorted({c for o in done for c in o.counts})
            }
            digest = digest_of([*kind.tested, *part.tested])
            notes = "; ".join(f"{o.seed}: {o.note}" for o in done if o.note)[:1000]
            told = [name, part.name, digest, len(done), sum(o.trials for o in done), counts, notes]
            if done and {o.seed for o in done} == set(range(len(done))):
                lines.append(json.dumps(told))
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _committed(kind: str, part: str, digest: str) -> list[Outcome]:
    """As outcomes: the first tells all, the other seeds nothing more."""
    for line in TOTALS.read_text(encoding="utf-8").splitlines() if TOTALS.exists() else ():
        *which, seeds, trials, counts, notes = json.loads(line)
        if which == [kind, part, digest]:
            return [
                Outcome(part, 0, trials, counts, notes),
                *(Outcome(part, n, 0, {}) for n in range(1, seeds)),
            ]
    return []


def _bound(found: list[Standing]) -> str:
    """Exact, at 97.5 %; of the part with the fewest trials."""
    return f"{max(s.intervals['violations'][1] for s in found):.2g}"


def _tell() -> Callable[[Outcome], None]:
    start = time.monotonic()

    def tell(outcome: Outcome) -> None:
        counts = ", ".join(f"{n} {name}" for name, n in outcome.counts.items())
        at = f"{time.monotonic() - start:6.0f} s"
        print(f"{at} {outcome.part} {outcome.seed}: {outcome.trials}, {counts} {outcome.note}", flush=True)

    return tell
