"""Honest answers checked at level L2: the node's fast path against the reference scorer on other threads and shapes.

A check compares every value that decides the retrieval pot, the shares, the gains and the fingerprint. Each answer is
checked under several configurations; results are in the journal, so that a stopped run goes on.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch

from bench.attributed.laboratory import THREADS, Laboratory
from bench.attributed.scoring.model import adapted
from bench.attributed.scoring.scenes import Scene, scene
from bench.attributed.scoring.shapes import Batched
from bench.harness import Figure
from tallystick.domain.ids import AssetId, Pot
from tallystick.pipeline.attribution.reference.bias import Direction, shading
from tallystick.pipeline.attribution.reference.tolerance import Severity, value_tolerance, weighed

FIRST_SEED, TOKENS, PASSAGES = 520_000, 16, 3
ANSWERS = {"smoke": 3, "full": 334}
# The reference proper on this machine's threads, on another number of them, and rows side by side, padded.
CONFIGURATIONS = ("reference", "threads", "padded")
SHADED_PPM, AUDITS, ORDERS = 5_000, 500, 200
POTS = (400, 300, 300, 4500, 2000, 1200, 1000, 300)
SOURCES = (
    "offchain/tallystick/pipeline/attribution/context",
    "offchain/tallystick/pipeline/attribution/reference",
    "offchain/tallystick/pipeline/attribution/split.py",
    "offchain/tallystick/pipeline/inference",
    "scripts/bench/attributed/scoring",
)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two models with the same weights, as operator and auditor have them."""

    engine: Any
    reference: Any
    padded: Any


def figures(lab: Laboratory) -> Iterable[Figure]:
    journal, checks = lab.journal(*SOURCES), []
    for n in range(ANSWERS[lab.scale]):
        key = {"part": "agreement", "seed": FIRST_SEED + n, "threads": THREADS}
        checks += journal.once(key, partial(_answer, lab.base, FIRST_SEED + n))
    yield _honest(checks)
    yield _caught([c["difference"] for c in checks])


def _answer(base: Path, seed: int) -> list[dict[str, Any]]:
    return checked(pair(base), seed)


@cache
def pair(base: Path) -> Pair:
    from tallystick.pipeline.attribution.reference.scorer import ReferenceScorer
    from tallystick.pipeline.inference.engine import Engine

    model, chat = adapted(base, threads=THREADS)
    engine = Engine(model, chat)
    reference = ReferenceScorer(model, engine.encode_prompt)
    return Pair(engine, reference, Batched(reference))


def checked(told: Pair, seed: int) -> list[dict[str, Any]]:
    """One answer, made and attributed on the fast path, then checked under each configuration."""
    from tallystick.pipeline.attribution.context.outcome import context_outcome
    from tallystick.pipeline.attribution.reference.fingerprint import fingerprint

    asked = scene(seed, passages=PASSAGES)
    prompt = told.engine.encode_prompt(asked.messages, [p.text for p in asked.passages])
    answer = [t.token_id for t in told.engine.generate(prompt, TOKENS)]
    fast = context_outcome(told.engine, asked.messages, asked.passages, answer)
    mark = fingerprint(told.engine.trace(prompt, answer).hidden)
    return [_check(told, asked, prompt, answer, fast, mark, name) for name in CONFIGURATIONS]


def _check(
    told: Pair, asked: Scene, prompt: Sequence[int], answer: Sequence[int], fast: Any, mark: bytes, name: str
) -> dict[str, Any]:
    from tallystick.pipeline.attribution.context.outcome import context_outcome
    from tallystick.pipeline.attribution.reference.fingerprint import matches

    scorer = told.padded if name == "padded" else told.reference
    torch.set_num_threads(THREADS + 1 if name == "threads" else THREADS)
    try:
        true = context_outcome(scorer, asked.messages, asked.passages, answer)
        verdict = matches(mark, told.reference.hidden(prompt, answer).numpy())
    finally:
        torch.set_num_threads(THREADS)
    paid, due = ({s.asset_id: s.ppm for s in o.shares} for o in (fast, true))
    shares = {a: paid.get(a, 0) - due.get(a, 0) for a in sorted(paid.keys() | due.keys())}
    apart = _apart(fast, true, len(answer))
    severity = weighed({Pot.RETRIEVAL: shares}, POTS).severity
    return {
        "configuration": name,
        "holds": apart <= value_tolerance(len(answer)) and severity is Severity.AGREES and verdict.holds,
        "nats": apart,
        "difference": {a.hex(): d for a, d in shares.items()},
        "units": verdict.apart,
        "paid": sum(paid.values()),
    }


def _apart(fast: Any, true: Any, tokens: int) -> float:
    """The largest difference of a value that both measured, nats; infinite where they measured other things."""
    ours = (*fast.values.prefixes, *fast.values.alone, fast.values.plain, fast.values.start)
    theirs = (*true.values.prefixes, *true.values.alone, true.values.plain, true.values.start)
    if [v is None for v in ours] != [v is None for v in theirs]:
        return float("inf")
    values = [abs(a - b) for a, b in zip(ours, theirs, strict=True) if a is not None and b is not None]
    return float(max(*values, abs(fast.gains.base - true.gains.base) * tokens))


def upper_bound(count: int) -> float:
    """Clopper-Pearson, 95 %, for no reject in `count` checks."""
    return float(1 - 0.05 ** (1 / count))


def _honest(checks: Sequence[Mapping[str, Any]]) -> Figure:
    held = all(c["holds"] for c in checks)
    rejected = sum(not c["holds"] for c in checks)
    counted = {n: sum(c["configuration"] == n for c in checks) for n in CONFIGURATIONS}
    how = (
        f"{rejected} of {len(checks)} rejected ({', '.join(f'{k} {v}' for k, v in counted.items())}; thread counts"
        f" {THREADS} and {THREADS + 1}); at most {upper_bound(len(checks)):.2%} at 95 % (Clopper-Pearson, none rejected);"
        f" largest difference {max(c['nats'] for c in checks):.2e} nats of {value_tolerance(TOKENS):.0e} allowed,"
        f" {max((abs(d) for c in checks for d in c['difference'].values()), default=0)} ppm; "
        f"{sum(c['paid'] > 0 for c in checks)} with retrieval paid; seeds from {FIRST_SEED}"
    )
    return Figure("honest_checks_l2", (float(len(checks) if held else 0),), "checks", how)


def _caught(differences: Sequence[Mapping[str, int]]) -> Figure:
    """The honest differences in random orders, one beneficiary of each receipt shaded up."""
    audits = tuple(float(_shaded(differences, seed)) for seed in range(ORDERS))
    alarms = sum(bool(shading(_drawn(differences, seed, 0))) for seed in range(ORDERS))
    how = (
        f"{SHADED_PPM / 1e4:g} % of the pot kept toward one beneficiary on measured honest differences,"
        f" {ORDERS} orders; {alarms} of {ORDERS} honest operators named in {AUDITS} audits each; level 1e-4"
    )
    worst = max(audits)
    return Figure("shading_caught_within", audits, "audits", how, within=(min(audits), worst), value=worst)


def _shaded(differences: Sequence[Mapping[str, int]], seed: int) -> int:
    favoured = AssetId(bytes(31) + b"\xff")
    found = shading(_drawn(differences, seed, SHADED_PPM, favoured))
    named = [b.audits for b in found if b.beneficiary == favoured and b.direction is Direction.TOWARD]
    return named[0] if named else AUDITS + 1


def _drawn(
    differences: Sequence[Mapping[str, int]], seed: int, shaded: int, favoured: AssetId | None = None
) -> list[dict[AssetId, int]]:
    """AUDITS receipts. The beneficiary has the noise of a share that was measured."""
    draw = random.Random(seed)
    made = []
    for _ in range(AUDITS):
        honest = {AssetId(bytes.fromhex(a)): d for a, d in draw.choice(differences).items()}
        if favoured is not None:
            honest[favoured] = shaded + draw.choice([*honest.values(), 0])
        made.append(honest)
    return made
