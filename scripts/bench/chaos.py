"""Kills, reorganisations and faulted endpoints against the outbox and the index: `make bench NAME=chaos`.

SECONDS=3600 goes on for an hour. Results are appended to `build/bench/chaos.jsonl` by seed and digest of the code, and
a run goes on after the last seed of the same code; figures are over all of them.
"""

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from bench.chaotic.rounds import Round, failed_to_play, play
from bench.harness import Figure
from tallystick.errors import NodeError
from tallystick.gateways.chain.devchain import DevChain, find_anvil

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path("build/bench/chaos.jsonl")
SECONDS = 60


def measure() -> list[Figure]:
    digest, end = code_digest(), time.monotonic() + int(os.environ.get("SECONDS", SECONDS))
    done = list(kept(digest))
    while time.monotonic() < end:
        done.append(_next(digest, max((r.seed for r in done), default=0) + 1))
    return figures(done)


def figures(done: Iterable[Round]) -> list[Figure]:
    """Sums over rounds; violations with their words."""
    rounds = list(done)
    how = f"{len(rounds)} rounds in {sum(r.seconds for r in rounds):.0f} s, seeds 1 to {len(rounds)}"
    broken = [f"seed {r.seed}: {word}" for r in rounds for word in r.violations]
    return [
        Figure("kills", (sum(r.kills for r in rounds),), "SIGKILL", how),
        Figure("reorgs", (sum(r.reorgs for r in rounds),), "of depth 1 to 31", how),
        Figure("calls", (sum(r.calls for r in rounds),), "through the proxy", how),
        Figure("faulted", (sum(r.faults for r in rounds),), "calls of 7 kinds", how),
        Figure("violations", (len(broken),), "invariants", "; ".join(broken[:3]) or how),
    ]


def code_digest() -> str:
    """Of the package and this rig."""
    summed = hashlib.sha256()
    for path in sorted([*(ROOT / "offchain").rglob("*.py"), *(ROOT / "scripts/bench/chaotic").glob("*.py")]):
        summed.update(path.read_bytes())
    return summed.hexdigest()[:16]


def kept(digest: str) -> Iterator[Round]:
    """Rounds of this very code."""
    if not RESULTS.exists():
        return
    for line in RESULTS.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        if told.pop("code") == digest:
            yield Round(**(told | {"violations": tuple(told["violations"])}))


def _next(digest: str, seed: int) -> Round:
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        books = Path(folder) / "books"
        books.mkdir()
        with DevChain(find_anvil(ROOT), Path(folder) / "chain") as chain:
            try:
                done = play(chain, books, seed)
            except NodeError as error:
                done = failed_to_play(seed, error)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("a", encoding="utf-8") as out:
        out.write(json.dumps({"code": digest} | asdict(done)) + "\n")
    print(
        f"seed {seed}: {done.kills} kills, {done.reorgs} reorgs, {done.faults} faults, {done.violations or 'whole'}"
    )
    return done
