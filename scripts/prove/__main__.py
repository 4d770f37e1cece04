"""`make prove` continues every campaign, `NAME=x` one of them, for MINUTES all told; then prints where they stand.

Exit code 1 when a target is missed; a campaign that still lacks trials has missed nothing.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from prove import differential, findings, invariants, symbolic
from prove.campaign import JOURNALS, RECORD, Campaign, Outcome, Standing, advance, journal_of, standings
from prove.fraud import search
from prove.mutation import campaign as mutation

CAMPAIGNS: dict[str, Callable[[], Campaign]] = {
    "differential": differential.campaign,
    "invariants": invariants.campaign,
    "fraud": search.campaign,
    "symbolic": symbolic.campaign,
    "findings": findings.campaign,
    "mutation": mutation.campaign,
}
MARKS = {True: "met", False: "MISSED", None: "running"}


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make prove", description=__doc__)
    parser.add_argument("name", nargs="?", choices=[*CAMPAIGNS, ""], default="")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--record", action="store_true", help="write down what counts, to be committed")
    given = parser.parse_args(words)
    chosen = [given.name] if given.name else list(CAMPAIGNS)
    seconds = given.minutes * 60
    for left, name in zip(range(len(chosen), 0, -1), chosen, strict=True):
        seconds -= _continue(CAMPAIGNS[name](), seconds / left)
    if given.record:
        write_record()
    found = [s for make in CAMPAIGNS.values() for s in _standings(make())]
    print(table(found))
    print(f"summary: {write_summary(found)}")
    print(f"mutants that live without an explanation: {_write_survivors()}")
    return 1 if any(s.met is False for s in found) else 0


def _continue(campaign: Campaign, seconds: float) -> float:
    """Seconds spent; what one campaign does not need is left to the others."""
    journal = journal_of(campaign)
    if journal.void:
        print(f"{campaign.name}: {journal.void} earlier outcomes are void, the tested files have changed")
    return advance(campaign, journal, seconds, _tell(campaign))


def _tell(campaign: Campaign) -> Callable[[Outcome], None]:
    def tell(outcome: Outcome) -> None:
        counts = ", ".join(f"{n} {name}" for name, n in outcome.counts.items())
        print(
            f"{campaign.name}.{outcome.part} {outcome.seed}: {outcome.trials}, {counts} {outcome.note}",
            flush=True,
        )

    return tell


def _standings(campaign: Campaign) -> list[Standing]:
    return standings(campaign, journal_of(campaign))


def table(found: Sequence[Standing]) -> str:
    """One line a part; rates with their 95 % intervals."""
    rows = [("campaign", "trials", "target", "counts [95 % of the rate]", "")]
    for s in found:
        parts = [
            f"{count} {name} [{s.intervals[name][0]:.2g}, {s.intervals[name][1]:.2g}]"
            for name, count in s.counts.items()
        ]
        rows.append(
            (
                f"{s.campaign}.{s.part}",
                f"{s.trials:,} {s.unit}",
                f"{s.target:,}",
                "; ".join(parts),
                MARKS[s.met],
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows)


def write_record(path: Path = RECORD) -> None:
    """Of every campaign, what it gave with the files as they are."""
    made = [make() for make in CAMPAIGNS.values()]
    lines = [line for campaign in made for line in journal_of(campaign).record(campaign.name)]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def write_summary(found: Sequence[Standing]) -> str:
    JOURNALS.mkdir(parents=True, exist_ok=True)
    path = JOURNALS / "summary.json"
    path.write_text(json.dumps([asdict(s) for s in found], indent=1) + "\n", encoding="utf-8")
    return str(path)


def _write_survivors() -> int:
    """Rows for docs/contracts/mutants.md."""
    names = mutation.unexplained()
    (JOURNALS / "survivors.md").write_text("".join(f"| `{name}` | |\n" for name in names), encoding="utf-8")
    return len(names)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
