"""An operator at saturation over loopback, and clients that misbehave at random: `make bench NAME=soak`.

MINUTES=1 is a shorter one, CLIENTS=24 a larger crowd.
"""

import os
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.harness import Figure
from bench.soaking.books import examine
from bench.soaking.clients import Consumer, crowd

MINUTES, CLIENTS, EVERY_S = 10.0, 12, 1.0
SEEDS = tuple(range(CLIENTS))


def measure() -> Iterator[Figure]:
    minutes, count = float(os.environ.get("MINUTES", MINUTES)), int(os.environ.get("CLIENTS", CLIENTS))
    with tempfile.TemporaryDirectory(prefix="soak-") as made:
        folder = Path(made)
        path = folder / "operator.sqlite3"
        with _operator(path) as (url, sizes):
            people = crowd(url, folder, count, 60 * minutes)
        found = examine(path, folder, people)
    how = f"{count} clients, {minutes:g} min, {_told(people)}"
    yield Figure("answers_per_second", (found.receipts / (60 * minutes),), "/s", how)
    yield Figure("acknowledged", (found.acknowledged / max(found.receipts, 1),), "of receipts", how)
    yield Figure("receipts_lost", (found.lost,), "", "with a consumer, but not with the operator")
    yield Figure("billed_twice", (found.twice,), "", "a key with two receipts, or a receipt nobody bought")
    yield Figure(
        "units_off", (found.units_off,), "base units", "fees, lines and lanes against terms and counts"
    )
    yield Figure("wrong_outcomes", (sum(len(p.faults) for p in people),), "", _faults(people))
    yield Figure(
        "memory_growth", (_growth(sizes),), "x", "the operator: last third against the middle one, median"
    )


@contextmanager
def _operator(path: Path) -> Iterator[tuple[str, list[int]]]:
    """Its URL, and its resident bytes, each second."""
    command = [sys.executable, "-m", "bench.soaking.operator", str(path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdin and process.stdout
    sizes, over = list[int](), threading.Event()
    watch = threading.Thread(target=_watch, args=(process.pid, sizes, over))
    try:
        url = process.stdout.readline().strip()
        watch.start()
        yield url, sizes
    finally:
        over.set()
        process.stdin.close()
        process.wait(timeout=60)


def _watch(pid: int, sizes: list[int], over: threading.Event) -> None:
    while not over.wait(EVERY_S):
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1]
        sizes.append(int(pages) * os.sysconf("SC_PAGE_SIZE"))


def _growth(sizes: list[int]) -> float:
    third = max(len(sizes) // 3, 1)
    return median(sizes[-third:]) / median(sizes[third : 2 * third] or sizes)


def _told(people: list[Consumer]) -> str:
    done = sum((p.done for p in people), Counter[str]())
    return ", ".join(f"{habit} {count}" for habit, count in done.most_common())


def _faults(people: list[Consumer]) -> str:
    kinds = Counter(fault[:120] for p in people for fault in p.faults)
    return "; ".join(f"{n} x {kind}" for kind, n in kinds.most_common(4)) or "every habit had its outcome"
