"""Audits of answers: honest ones must pass, edited ones must not, and what each level costs.

Receipts, openings, terms, data sets and lanes are random, built by the shipped code and judged by it, chunk by chunk;
a chunk's seed is its number. Nothing here was used to set a tolerance.
"""

from collections.abc import Callable, Iterable
from typing import Any

from bench.attributed.auditing import arithmetic, shelves
from bench.attributed.laboratory import Laboratory
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
L0, L1, EDITS = 1_000_000, 10_000, 4_000
Chunk = Callable[[int, int], dict[str, Any]]


def figures(lab: Laboratory) -> Iterable[Figure]:
    part = 100 if lab.is_smoke else 1
    exact, sourced = lab.journal(*EXACT), lab.journal(*SOURCED)
    yield _honest("honest_checks_l0", exact, arithmetic.honest_chunk, L0 // part, arithmetic.CHUNK // part)
    yield _honest("honest_checks_l1", sourced, shelves.honest_chunk, L1 // part, 500 // part)
    yield _caught(exact, sourced, EDITS // part)


def _honest(name: str, journal: Journal, chunk: Chunk, total: int, size: int) -> Figure:
    """As many as were checked; 0 where one was rejected."""
    done = [_once(journal, name, chunk, n, size) for n in range(total // size)]
    checked, rejected = (sum(d[key] for d in done) for key in ("checked", "rejected"))
    first = next((d["first"] for d in done if d["first"]), "")
    told = f"{rejected} rejected, first: {first}" if rejected else bound_of(checked)
    return Figure(name, (float(0 if rejected else checked),), "checks", f"seeds 0 to {len(done) - 1}; {told}")


def bound_of(checked: int) -> str:
    """The largest rate of false rejects at which none in so many has probability 0.05 (Clopper and Pearson)."""
    return f"none rejected, so that false rejects are below {1 - 0.05 ** (1 / checked):.2g} at 95 %"


def _caught(exact: Journal, sourced: Journal, tries: int) -> Figure:
    """The part that was caught, of edits at every level by what a level sees."""
    done = [
        _once(exact, "edits_l0", arithmetic.edited_chunk, 0, tries),
        _once(sourced, "edits_l1", shelves.edited_chunk, 0, tries // 4),
    ]
    tried, missed = sum(d["tried"] for d in done), sum(d["missed"] for d in done)
    low = 1 - missed / tried if missed else 0.05 ** (1 / tried)
    how = f"{tried} random edits of shares and passages at L0 and L1, seed 0; {missed} missed"
    return Figure("share_edits_caught", (1 - missed / tried,), "of edits", how + f"; above {low:.4f} at 95 %")


def _once(journal: Journal, name: str, chunk: Chunk, number: int, size: int) -> dict[str, Any]:
    found: dict[str, Any] = journal.once(
        {"part": "audits", "what": name, "chunk": number, "size": size}, lambda: chunk(number, size)
    )
    return found
