"""Monitors: false alarms on calm traffic, delay after each seeded failure, and what a note costs the answering thread.

`false_alarms`, `delays` and `note_cost` may be measured by another benchmark, too.
"""

import os
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from bench.harness import Figure
from bench.monitored.traffic import FAILURES, Traffic
from tallystick.app.monitoring.features import Extractor, Served
from tallystick.app.monitoring.notebook import Notebook
from tallystick.domain.ids import Address, Hash
from tallystick.domain.traffic import PPM, Entry
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.pipeline.evaluation.monitors.detector import EMPTY, ONE, statistic, step
from tallystick.pipeline.evaluation.monitors.watch import (
    DETECTOR_ERROR,
    HORIZON,
    MONITORS,
    Watching,
    advance,
    watch_from,
)

REFERENCE, CALM_RUNS, DELAY_RUNS, CALM_BEFORE, MOST = 600, 320, 15, 150, 3000
BOUND_RUNS = 2500
_CALM_SEED, _DELAY_SEED, _BOUND_SEED = 731_000, 852_000, 963_000


def measure() -> list[Figure]:
    with ProcessPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
        return [*false_alarms(pool), at_the_bound(pool), *delays(pool), note_cost()]


def false_alarms(pool: ProcessPoolExecutor) -> list[Figure]:
    """The upper 95 % Clopper-Pearson bound of the part of runs in which a monitor alarms within HORIZON entries."""
    found = list(pool.map(_calm, range(_CALM_SEED, _CALM_SEED + CALM_RUNS), chunksize=4))
    how = f"{CALM_RUNS} seeds from {_CALM_SEED}, a reference of {REFERENCE} and {HORIZON} calm entries each"
    counts = {m.name: sum(m.name in alarmed for alarmed in found) for m in MONITORS}
    return [
        Figure(
            f"false_alarms_{name.replace('-', '_')}",
            (upper_part(count, CALM_RUNS),),
            "of runs, upper 95 % bound",
            f"{count} alarms; {how}",
        )
        for name, count in counts.items()
    ]


def at_the_bound(pool: ProcessPoolExecutor) -> Figure:
    """The worst null there is: every value's mean is exactly the bound."""
    found = list(pool.map(_at_bound, range(_BOUND_SEED, _BOUND_SEED + BOUND_RUNS), chunksize=50))
    how = f"{sum(found)} alarms; {BOUND_RUNS} seeds from {_BOUND_SEED}, {HORIZON} values each, means 0.02 to 0.8"
    return Figure(
        "false_alarms_at_the_bound", (upper_part(sum(found), BOUND_RUNS),), "of runs, upper 95 % bound", how
    )


def delays(pool: ProcessPoolExecutor) -> list[Figure]:
    """Entries from a failure's first possible answer to its monitor's alarm; MOST where there was none."""
    figures = []
    for failure in FAILURES:
        jobs = [(failure, seed) for seed in range(_DELAY_SEED, _DELAY_SEED + DELAY_RUNS)]
        found = tuple(float(delay) for delay in pool.map(_delay, jobs))
        how = f"{DELAY_RUNS} seeds from {_DELAY_SEED}, {CALM_BEFORE} calm entries before the failure"
        figures.append(Figure(f"delay_{failure.replace('-', '_')}", found, "entries", how))
    return figures


def note_cost(answers: int = 200, repeats: int = 9) -> Figure:
    """What `Notebook.note` takes of the thread that answers, while the notebook works."""
    values = []
    with TemporaryDirectory() as folder, SqliteLedger(Path(folder) / "ledger.sqlite3") as ledger:
        for repeat in range(repeats):
            with Notebook(ledger, f"release {repeat}", lambda: Extractor(b"k" * 32)) as notebook:
                served = [_served(repeat * answers + n) for n in range(answers)]
                start = time.perf_counter()
                for each in served:
                    notebook.note(each)
                values.append((time.perf_counter() - start) / answers * 1e6)
    return Figure(
        "note_on_the_answering_thread", tuple(values), "us", f"{answers} answers, {repeats} repeats"
    )


def upper_part(count: int, runs: int, error: float = 0.05) -> float:
    """One-sided Clopper-Pearson bound by bisection: where `count` or fewer of `runs` have probability `error`."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        term, total = (1 - middle) ** runs, 0.0
        for k in range(count + 1):
            total += term
            term *= (runs - k) / (k + 1) * middle / max(1 - middle, 1e-300)
        low, high = (middle, high) if total > error else (low, middle)
    return high


def _calm(seed: int) -> frozenset[str]:
    traffic = Traffic(seed)
    return _alarmed(watch_from(traffic.take(REFERENCE)), traffic.take(HORIZON))


def _alarmed(watching: tuple[Watching, ...], entries: Iterable[Entry]) -> frozenset[str]:
    names: set[str] = set()
    for entry in entries:
        watching, raised = advance(watching, entry)
        names |= {alarm.monitor for alarm in raised}
    return frozenset(names)


def _at_bound(seed: int) -> bool:
    draw = Random(seed)
    rate = (0.02, 0.1, 0.3, 0.5, 0.8)[seed % 5]
    threshold = ONE * HORIZON * DETECTOR_ERROR.denominator // DETECTOR_ERROR.numerator
    capital, bound = EMPTY, round(rate * PPM)
    for _ in range(HORIZON):
        capital = step(capital, PPM if draw.random() < rate else 0, bound)
        if statistic(capital) >= threshold:
            return True
    return False


def _delay(job: tuple[str, int]) -> int:
    failure, seed = job
    traffic = Traffic(seed)
    watching = watch_from(traffic.take(REFERENCE))
    for entry in traffic.take(CALM_BEFORE):
        watching, _ = advance(watching, entry)
    traffic.world = FAILURES[failure]
    for place, entry in enumerate(traffic.take(MOST), 1):
        watching, raised = advance(watching, entry)
        if failure in {alarm.monitor for alarm in raised}:
            return place
    return MOST


def _served(number: int) -> Served:
    messages = (
        {"role": "user", "content": f"When was the bell of tower {number} cast, and by whom was it?"},
    )
    receipt = Hash(number.to_bytes(32, "big"))
    return Served(
        receipt, Address("0x" + "b0" * 20), messages, (), "It was cast in 1788 by Anders Holm.", False, 5
    )
