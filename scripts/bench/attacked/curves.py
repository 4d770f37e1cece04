"""The numbers behind the plots, from the shipped rules and the journals of the benches."""

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tallystick.app.redteam.attacks.sharing.rules import RULES
from tallystick.app.redteam.attacks.swarm import TERMS, asset_of
from tallystick.domain.ids import AssetId, Pot
from tallystick.domain.money import BPS, PPM
from tallystick.pipeline.attribution.reference.bias import BiasWatch
from tallystick.pipeline.attribution.split import MICRO, Claim, noise_floor

COPIES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
Bands = dict[str, dict[float, tuple[float, float, float]]]


def clones() -> dict[str, list[float]]:
    """By rule: the thief's part of the pot with so many copies of a record worth 2 nats, noise of 0.02 nats."""
    draw, noise = random.Random(1), MICRO // 50
    values = [round(draw.gauss(2 * MICRO, noise)) for _ in range(COPIES[-1] + 1)]
    claims = [Claim(asset_of(f"{n}"), n, 0, value) for n, value in enumerate(values)]
    victim, floor = asset_of("0"), noise_floor(noise)
    found: dict[str, list[float]] = {}
    for name, rule in RULES.items():
        shares = [rule(claims[: count + 1], floor).ppm() for count in COPIES]
        found[name] = [sum(v for k, v in ppm.items() if k != victim) / PPM for ppm in shares]
    return found


def profit(rates: Sequence[float], bonds: Sequence[float], samples: int, gain: float) -> list[list[float]]:
    """By bond and rate of fraud, all as parts of a batch's total; the bond is lost when one false receipt is drawn."""
    return [
        [(1 - f) ** samples * f * gain - (1 - (1 - f) ** samples) * bond for f in rates] for bond in bonds
    ]


def detection(sizes: Sequence[int], runs: int = 20, most: int = 800) -> dict[int, list[int]]:
    """By ppm shaded of a pot: audits until the shipped test of bias is certain, sorted; `most` where it never was."""
    own = AssetId(bytes(32))
    found: dict[int, list[int]] = {}
    for size in sizes:
        delays = []
        for seed in range(runs):
            draw, watch, audits = random.Random(f"{size} {seed}"), BiasWatch(), 0
            while audits < most:
                audits += 1
                if watch.note({own: round(draw.gauss(size, 1_000))}):
                    break
            delays.append(audits)
        found[size] = sorted(delays)
    return found


def lorenz(owners: int = 200, answers: int = 400) -> dict[str, list[float]]:
    """Cumulative parts, poorest first: of contribution (what answers lose without an owner), of pay by three rules."""
    draw = np.random.default_rng(1)
    worth = draw.pareto(1.5, owners)
    sums: dict[str, Any] = {
        name: np.zeros(owners) for name in ("contribution", "ours", "proportional", "emission")
    }
    for _ in range(answers):
        who = draw.choice(owners, 4, replace=False)
        values = np.floor(MICRO * worth[who] * draw.uniform(0.2, 1, 4)).astype(np.int64)
        best, second = np.sort(values)[-1], np.sort(values)[-2]
        sums["contribution"][who[int(values.argmax())]] += best - second
        claims = [Claim(asset_of(f"{n}"), int(n), 0, int(v)) for n, v in zip(who, values, strict=True)]
        for name in ("ours", "proportional", "emission"):
            ppm = RULES[name](claims, 0).ppm()
            for n in who:
                sums[name][n] += ppm.get(asset_of(f"{n}"), 0) / PPM * float(best)
    return {name: [0.0, *(np.cumsum(np.sort(s)) / s.sum()).tolist()] for name, s in sums.items()}


def flow() -> dict[str, tuple[float, float]]:
    """By pot: part of a fee that is paid, and part that is null where two thirds of what is measured were earned."""
    pots = {pot.name.lower(): TERMS.pots[pot] / BPS for pot in Pot}
    shared = ("retrieval", "lineage", "training")
    return {name: (part * 2 / 3, part / 3) if name in shared else (part, 0.0) for name, part in pots.items()}


def kept(journal: Path) -> Bands:
    """By design and part of attackers: the least, median and most of the worst role's kept pay, over seeds."""
    told: dict[str, dict[float, list[float]]] = {}
    for line in journal.read_text(encoding="utf-8").splitlines() if journal.exists() else ():
        try:
            entry = json.loads(line)
            key: Mapping[str, Any] = json.loads(entry["key"])
            name = "naive" if key["is_naive"] else "ours"
            told.setdefault(name, {}).setdefault(key["attackers"], []).append(entry["result"]["worst"])
        except (ValueError, KeyError):
            continue
    return {
        name: {part: (min(v), float(np.median(v)), max(v)) for part, v in sorted(by.items())}
        for name, by in told.items()
    }
