"""Audits of answers: honest ones must pass, edited ones must not, and what each level costs.

Receipts, openings, terms, data sets and lanes are random, built by the shipped code and judged by it, chunk by chunk;
a chunk's seed is its number. Nothing here was used to set a tolerance.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

from bench.attributed.auditing import arithmetic, shelves
from bench.attributed.laboratory import THREADS, Laboratory
from bench.harness import Figure
from bench.judged.journal import Journal

NODE = "offchain/tallystick"
EXACT = (
    f"{NODE}/pipeline/auditing/audited.py",
    f"{NODE}/pipeline/auditing/receipt_checks.py",
    f"{NODE}/pipeline/auditing/line_checks.py",
    f"{NODE}/pipeline/auditing/answers/arithmetic.py",
    f"{NODE}/pipeline/receipts",
    f"{NODE}/domain/answers/opened.py",
    f"{NODE}/domain/digests.py",
    f"{NODE}/domain/money.py",
    f"{NODE}/commitments",
    "scripts/bench/attributed/auditing/market.py",
    "scripts/bench/attributed/auditing/arithmetic.py",
)
SOURCED = (
    *EXACT,
    f"{NODE}/pipeline/auditing/answers/sources.py",
    f"{NODE}/pipeline/datasets",
    f"{NODE}/app/auditing",
    f"{NODE}/app/evidence",
    "scripts/bench/attributed/auditing/shelves.py",
)
SCORED = (
    f"{NODE}/pipeline/attribution",
    f"{NODE}/pipeline/inference",
    f"{NODE}/pipeline/auditing/answers",
    f"{NODE}/app/auditing",
    "scripts/bench/attributed/auditing/rescored.py",
    "scripts/bench/attributed/scoring",
)
FIRST_SEED, ANSWERS = 880_000, {"smoke": 1, "full": 67}
L0, L1, EDITS = 1_000_000, 10_000, 4_000
Chunk = Callable[[int, int], dict[str, Any]]


def figures(lab: Laboratory) -> Iterable[Figure]:
    part = 100 if lab.is_smoke else 1
    exact, sourced = lab.journal(*EXACT), lab.journal(*SOURCED)
    yield _honest("honest_checks_l0", exact, arithmetic.honest_chunk, L0 // part, arithmetic.CHUNK // part)
    yield _honest("honest_checks_l1", sourced, shelves.honest_chunk, L1 // part, 500 // part)
    rows = _rescored(lab)
    yield _agreed(rows)
    yield _caught(exact, sourced, EDITS // part, [r["edits"] for r in rows])
    yield from _costs(rows)


def _honest(name: str, journal: Journal, chunk: Chunk, total: int, size: int) -> Figure:
    """As many as were checked; 0 where one was rejected."""
    done = [chunk_of(journal, name, chunk, n, size) for n in range(total // size)]
    checked, rejected = (sum(d[key] for d in done) for key in ("checked", "rejected"))
    first = next((d["first"] for d in done if d["first"]), "")
    told = f"{rejected} rejected, first: {first}" if rejected else bound_of(checked)
    return Figure(name, (float(0 if rejected else checked),), "checks", f"seeds 0 to {len(done) - 1}; {told}")


def bound_of(checked: int) -> str:
    """The largest rate of false rejects at which none in so many has probability 0.05 (Clopper and Pearson)."""
    return f"none rejected, so that false rejects are below {1 - 0.05 ** (1 / checked):.2g} at 95 %"


def _rescored(lab: Laboratory) -> list[dict[str, Any]]:
    """Answers of the real model, each under every configuration."""
    return [rescored_of(lab, n) for n in range(ANSWERS[lab.scale])]


def rescored_of(lab: Laboratory, number: int, measure: Callable[[], Any] | None = None) -> dict[str, Any]:
    """One answer; by `measure` instead, where it was not measured yet."""
    from bench.attributed.auditing import rescored

    seed = FIRST_SEED + number
    key = {"part": "audits", "what": "rescored", "seed": seed, "threads": THREADS}
    found: dict[str, Any] = lab.journal(*SCORED).once(
        key, measure or partial(_measured, rescored, lab.base, seed)
    )
    return found


def _measured(rescored: Any, base: Path, seed: int) -> Any:
    return rescored.measured(rescored.office(base), seed)


def _agreed(rows: Sequence[dict[str, Any]]) -> Figure:
    checks = [c for r in rows for c in r["checks"]]
    rejected = [c["why"] for c in checks if not c["holds"]]
    largest = [max(c["largest"][level] for c in checks) for level in (2, 3)]
    paid = sum(r["training_paid"] > 0 for r in rows)
    told = f"{len(rejected)} rejected, first: {rejected[0]}" if rejected else bound_of(len(checks))
    how = (
        f"{len(rows)} answers, each on {THREADS} and {THREADS + 1} threads and padded; training paid in {paid}; largest"
        f" difference {largest[0]:g} ppm at L2 and {largest[1]:g} at L3; seeds from {FIRST_SEED}; {told}"
    )
    return Figure("honest_checks_l3", (float(0 if rejected else len(checks)),), "checks", how)


def _costs(rows: Sequence[dict[str, Any]]) -> Iterable[Figure]:
    """CPU seconds of a level over those of the answer as it was sold, generation with attribution."""
    for level, name in enumerate(("l0", "l1", "l2", "l3")):
        spent = [
            next(c for c in r["checks"] if c["configuration"] == "reference")["seconds"][level] for r in rows
        ]
        parts = tuple(s / (r["generation"] + r["attribution"]) for s, r in zip(spent, rows, strict=True))
        how = f"{fmean(spent):.4g} CPU-s of an answer's {fmean(r['generation'] + r['attribution'] for r in rows):.4g}"
        yield Figure(
            f"audit_cost_{name}", parts, "of the answer", f"{how}; {len(rows)} answers, {THREADS} thread"
        )


def _caught(exact: Journal, sourced: Journal, tries: int, signed_over: Sequence[dict[str, int]]) -> Figure:
    """The part that was caught, of edits at every level by what a level sees."""
    done = [
        chunk_of(exact, "edits_l0", arithmetic.edited_chunk, 0, tries),
        chunk_of(sourced, "edits_l1", shelves.edited_chunk, 0, tries // 4),
        *signed_over,
    ]
    tried, missed = sum(d["tried"] for d in done), sum(d["missed"] for d in done)
    low = 1 - missed / tried if missed else 0.05 ** (1 / tried)
    deeper = sum(d["tried"] for d in signed_over)
    how = (
        f"{tried - deeper} random edits of shares and passages at L0 and L1, seed 0, and {deeper} shares moved by 2 % of"
        f" their pot and signed over, at L2 and L3; {missed} missed"
    )
    return Figure("share_edits_caught", (1 - missed / tried,), "of edits", how + f"; above {low:.4f} at 95 %")


def chunk_of(journal: Journal, name: str, chunk: Chunk, number: int, size: int) -> dict[str, Any]:
    """A part of a campaign, measured if it was not yet."""
    found: dict[str, Any] = journal.once(
        {"part": "audits", "what": name, "chunk": number, "size": size}, lambda: chunk(number, size)
    )
    return found
