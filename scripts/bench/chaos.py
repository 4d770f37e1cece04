"""Kills, power losses, failing disks, reorganisations and clocks against the node: `make bench NAME=chaos`.

KIND=kills,power takes some of the kinds, MINUTES=60 says how long all told. Every seed's outcome is appended to
`build/chaos/<kind>.jsonl` with the digest of the code that it speaks of; a run goes on after the last seed of the same
code. `docs/benchmarks/chaos.jsonl` keeps totals with digest and commit for a new clone; WRITE=1 brings it up to date.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.chaotic.exercised import add, digest, list_of, seen
from bench.chaotic.kinds import ROOT, all_kinds
from bench.harness import Figure
from prove.campaign import Campaign, Journal, Outcome, Standing, advance, standings

JOURNALS = ROOT / "build" / "chaos"
TOTALS = ROOT / "docs" / "benchmarks" / "chaos.jsonl"
MINUTES = 10.0


def measure() -> Iterator[Figure]:
    kinds = all_kinds()
    chosen = [name for name in os.environ.get("KIND", "").split(",") if name] or list(kinds)
    seconds = 60 * float(os.environ.get("MINUTES", MINUTES))
    if os.environ.get("LEARN"):
        return learn([kinds[name] for name in chosen], int(os.environ["LEARN"]))
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


def learn(kinds: Sequence[Campaign], seeds: int) -> None:
    """Adds to the list of each kind what its victims run; counts nothing."""
    for kind in kinds:
        for part in kind.parts:
            for seed in range(seeds):
                with seen() as found:
                    _tell()(kind.work(part, seed))
                add(list_of(kind.name, part.name), found)


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
    digests = {part.name: digest([*kind.tested, *part.tested]) for part in kind.parts}
    recorded = [line for line in _recorded() if line["campaign"] == kind.name]
    return Journal(JOURNALS / f"{kind.name}.jsonl", digests, recorded)


def write_totals(path: Path, kinds: Mapping[str, Campaign], journals: Mapping[str, Journal]) -> None:
    """Seeds that follow each other as one line, with digest and commit; lines of other code stay as they are.

    `SystemExit` where what was tried is not committed: nobody could say later what it was.
    """
    fresh, commit = list[dict[str, Any]](), _git("rev-parse", "HEAD").strip()
    for name, kind in kinds.items():
        lines = [json.loads(line) for line in journals[name].record(name)]
        tried = {line["part"] for line in lines}
        tested = [*kind.tested, *(p for part in kind.parts if part.name in tried for p in part.tested)]
        if tried and (changed := _git("status", "--porcelain", "--", *sorted(map(str, {*tested})))):
            raise SystemExit(f"{name}: commit these first, then write the totals:\n{changed}")
        fresh += [{**line, "commit": commit} for line in lines]
    replaced = {(line["campaign"], line["part"], line["digest"]) for line in fresh}
    known = [x for x in _recorded() if (x["campaign"], x["part"], x["digest"]) not in replaced]
    path.write_text("".join(f"{json.dumps(x, sort_keys=True)}\n" for x in [*known, *fresh]), encoding="utf-8")


def _recorded() -> list[dict[str, Any]]:
    return [json.loads(line) for line in TOTALS.read_text().splitlines()] if TOTALS.exists() else []


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout


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
