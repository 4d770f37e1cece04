"""The monitors' benchmark: its bound is Clopper and Pearson's, its failures are failures, its seeds are its own."""

import re

import pytest

from bench import monitoring
from bench.harness import read_bars
from bench.monitored.traffic import CALM, FAILURES, Traffic
from bench.monitoring import upper_part
from tallystick.domain.traffic import ServedSample
from tallystick.pipeline.evaluation.monitors.watch import MONITORS

# Upper limits of one-sided 95 % Clopper-Pearson intervals; those for 0 are 1 - 0.05 ** (1 / n).
KNOWN = [(0, 10, 0.25887), (0, 299, 0.009969), (1, 10, 0.39416), (5, 100, 0.10225)]


@pytest.mark.parametrize(("count", "runs", "bound"), KNOWN)
def test_bound_when_compared_with_tables_is_the_same(count: int, runs: int, bound: float) -> None:
    assert upper_part(count, runs) == pytest.approx(bound, abs=2e-5)


def test_bars_when_read_cover_every_monitor_twice() -> None:
    bars = read_bars()["monitoring"]
    names = {monitor.name.replace("-", "_") for monitor in MONITORS}

    assert {f"false_alarms_{n}" for n in names} | {f"delay_{n}" for n in names} <= set(bars)
    assert {f"delay_{f.replace('-', '_')}" for f in FAILURES} == {b for b in bars if b.startswith("delay_")}


def test_runs_when_no_alarm_is_raised_are_enough_for_the_bar() -> None:
    assert upper_part(0, monitoring.CALM_RUNS) < 0.01


def test_failure_when_it_is_seeded_changes_one_thing() -> None:
    for world in FAILURES.values():
        changed = [f for f in world.__slots__ if getattr(world, f) != getattr(CALM, f)]
        assert len(changed) == 1


def test_traffic_when_of_one_seed_is_the_same() -> None:
    first, again, other = (Traffic(seed).take(50) for seed in (5, 5, 6))

    assert first == again != other
    assert {e.turn for e in first if isinstance(e, ServedSample)} > {1}


def test_seeds_when_drawn_are_those_of_no_test() -> None:
    from architecture.repository import files

    used = {
        int(n.replace("_", ""))
        for path in files("tests/*.py")
        for n in re.findall(r"\b\d{2}_\d{3}\b", path.read_text())
    }

    runs = (monitoring.CALM_RUNS, monitoring.DELAY_RUNS, monitoring.BOUND_RUNS)
    starts = (monitoring._CALM_SEED, monitoring._DELAY_SEED, monitoring._BOUND_SEED)
    assert not [
        seed for seed in used for start, n in zip(starts, runs, strict=True) if start <= seed < start + n
    ]
