"""What each attack earns on the shipped contracts and rules: `make bench NAME=redteam`. SCALE is smoke, default or full,
or real-smoke or real: the attacks that need the real model; audits, which goes on with the campaign of honest checks;
or flood, which embeds 20,000 machine-made passages.

Each seed's outcome is appended to build/bench/redteam.jsonl under the digest of rules, contracts and attacks, so that a
stopped run goes on where it was. build/bench/redteam.html shows the bars and plots.
"""

import os
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from bench.attacked import crashed, flooded, page, real, slashed
from bench.attributed.laboratory import Laboratory
from bench.harness import Figure, Impossible, read_bars
from bench.judged.journal import ROOT, Journal, code_digest
from tallystick.app.redteam.attacks import wash
from tallystick.app.redteam.attacks.attack import Attack
from tallystick.app.redteam.attacks.catalogue import ATTACKS
from tallystick.app.redteam.attacks.report import run
from tallystick.bootstrap import battleground

FOLDER = Path("build/bench")
ABI = ROOT / "offchain" / "tallystick" / "gateways" / "chain" / "abi"
CODE = (
    "offchain/tallystick/app/redteam/attacks",
    "offchain/tallystick/domain",
    "offchain/tallystick/commitments",
    "offchain/tallystick/pipeline",
    "offchain/tallystick/gateways/chain/inprocess",
    *(path.relative_to(ROOT).as_posix() for path in sorted(ABI.glob("*.json"))),
)
SCALES = {"smoke": (100, 2), "default": (400, 5), "full": (2_000, 10)}
"""Plays a seed, and seeds."""
LEAST = {"forged": {"default": 2_000, "full": 10_500}, "sniping": {"default": 10_000, "full": 10_000}}
"""Plays of an attack over all seeds; a play of forged vouchers brings about 120 of them."""
STRATEGIES = 100_000


def measure() -> list[Figure | Impossible]:
    scale, bars = os.environ.get("SCALE", "default"), set(read_bars()["redteam"])
    if scale == "audits":
        seconds = float(os.environ.get("SECONDS", "600"))
        slashed.campaign(Laboratory(FOLDER / "attribution.jsonl", "full"), seconds)
        told = "measured at the other scales"
        return [*slashed.figures(FOLDER), *real.elsewhere(bars, "honest_", told)]
    if scale == "flood":
        return [
            *flooded.measured(FOLDER),
            *real.elsewhere(bars, real.FLOODED, "measured at the other scales"),
        ]
    if scale in real.SCALES:
        return [*real.figures(scale, FOLDER), *real.unmeasured(bars, True)]
    found = [*crashed.figures(), *slashed.figures(FOLDER)]
    return [*_played_all(scale), *found, *real.unmeasured(bars, False)]


def _played_all(scale: str) -> list[Figure]:
    plays, seeds = SCALES[scale]
    journal = Journal(FOLDER / "redteam.jsonl", code_digest(CODE))
    figures = _strategies(journal, seeds)
    for attack in ATTACKS.values():
        chosen = max(plays, LEAST.get(attack.name, {}).get(scale, 0) // seeds)
        figures += _figures(attack, [_played(journal, attack, s, chosen) for s in range(1, seeds + 1)])
    print(f"  {page.write(figures, FOLDER)}", flush=True)
    return figures


def _played(journal: Journal, attack: Attack, seed: int, plays: int) -> dict[str, Any]:
    key = {"attack": attack.name, "seed": seed, "plays": plays}
    found: dict[str, Any] = journal.once(key, lambda: asdict(run(attack, battleground, seed, plays)))
    return found


def _strategies(journal: Journal, seeds: int) -> list[Figure]:
    done: list[Any] = []
    for seed in range(1, seeds + 1):
        key = {"strategies": STRATEGIES, "seed": seed}
        done.append(journal.once(key, partial(wash.searched, seed, STRATEGIES)))
    how = (
        f"{STRATEGIES:,} random strategies a seed on the shipped split; audit and insurance count as won back"
    )
    return [
        Figure("wash_profitable", tuple(float(d[1]) for d in done), "strategies", how),
        Figure("wash_best_net", tuple(d[2] for d in done), "of the fee", how),
    ]


def _figures(attack: Attack, played: list[dict[str, Any]]) -> list[Figure]:
    plays, tries = sum(p["plays"] for p in played), sum(p["tries"] for p in played)
    how = f"{attack.about}; {plays:,} plays, {tries:,} tries, {len(played)} seeds; the bar: {attack.bar}"

    def of(name: str) -> tuple[float, ...]:
        return tuple(float(p[name]) for p in played)

    return [
        Figure(f"{attack.name}_breaking", of("breaking"), "plays", how),
        Figure(f"{attack.name}_excess", of("excess"), "base units", "the most beyond the rule of any play"),
        Figure(f"{attack.name}_honest_lost", of("honest_lost"), "base units", "the most of any play"),
        Figure(f"{attack.name}_earned", of("earned"), "base units", "the best found, under fresh seeds"),
        Figure(f"{attack.name}_on_bond", of("on_bond"), "of what was locked", "the same"),
        *(
            Figure(
                f"{attack.name}_by_{rule.replace(' ', '_')}",
                tuple(float(p["beside"][rule]) for p in played),
                "of the fees",
                f"the best found where pay is by another rule: {rule}",
            )
            for rule in attack.beside
        ),
        Figure(f"{attack.name}_tries", (float(tries),), "tries", "over all seeds"),
    ]
