"""Honest pay kept under adapting attackers: `make bench NAME=population`. SCALE is smoke, default or full; SEEDS=n.

Each seed's outcome is appended to build/bench/population.jsonl under the digest of the simulated code, so that a stopped
run goes on where it was.
"""

import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.harness import Figure
from bench.judged.journal import Journal, code_digest
from tallystick.app.redteam.population.outcome import simulate
from tallystick.app.redteam.population.setting import Setting

FOLDER = Path("build/bench")
CODE = (
    "offchain/tallystick/app/redteam/population",
    "offchain/tallystick/pipeline/attribution/split.py",
    "offchain/tallystick/pipeline/attribution/context/earlier.py",
    "offchain/tallystick/pipeline/inference/retrieval/places.py",
    "offchain/tallystick/pipeline/inference/retrieval/rivals.py",
    "offchain/tallystick/pipeline/attribution/integer_shares.py",
    "offchain/tallystick/domain/money.py",
)
# Participants and seeds.
SCALES = {"smoke": (20_000, 3), "default": (200_000, 5), "full": (1_000_000, 10)}
WORLDS = (("ours", 0.3, False), ("ours", 0.6, False), ("naive", 0.3, True), ("naive", 0.6, True))


def measure() -> list[Figure]:
    participants, seeds = SCALES[os.environ.get("SCALE", "default")]
    seeds = int(os.environ.get("SEEDS", seeds))
    journal = Journal(FOLDER / "population.jsonl", code_digest(CODE))
    simulate(Setting(2_000, epochs=10, measured=1))
    figures = []
    for name, attackers, is_naive in WORLDS:
        settings = [
            Setting(participants, attackers=attackers, seed=s, is_naive=is_naive) for s in range(1, seeds + 1)
        ]
        figures += _figures(
            f"{name}_{round(100 * attackers)}", [_played(journal, s) for s in settings], participants
        )
    return figures


def _played(journal: Journal, setting: Setting) -> dict[str, Any]:
    def played() -> dict[str, Any]:
        start = time.monotonic()
        outcome = asdict(simulate(setting))
        return {**outcome, "seconds": time.monotonic() - start}

    found: dict[str, Any] = journal.once(asdict(setting), played)
    return found


def _figures(name: str, played: list[dict[str, Any]], participants: int) -> list[Figure]:
    how = f"{participants:,} participants, 100 epochs, the last 10 measured, one seed a value"
    roles = [k["role"] for k in played[0]["kept"]]
    made = [
        Figure(
            f"worst_kept_{name}", tuple(p["worst"] for p in played), "of honest pay", f"the worst role; {how}"
        ),
        Figure(f"attackers_gain_{name}", tuple(p["attackers_gain"] for p in played), "of honest pay", how),
        Figure(f"seconds_{name}", tuple(p["seconds"] for p in played), "s a seed", how),
    ]
    for place, role in enumerate(roles):
        values = tuple(p["kept"][place]["kept"] for p in played)
        made.append(Figure(f"kept_{name}_{role}", values, "of honest pay", how))
    if not name.startswith("naive"):
        fell = tuple(float(p["honest_convicted"]) for p in played)
        made.append(Figure(f"honest_convicted_{name}", fell, "operators", how))
        asked = tuple(p["asked"] for p in played)
        made.append(
            Figure(f"asked_{name}", asked, "scorings an answer", f"earlier passages beside paid ones; {how}")
        )
    return made
