"""Every monitor is silent on calm traffic and catches its own failure, on seeds that nothing was fitted to."""

import json
from dataclasses import replace

import pytest

from bench.monitored.traffic import CALM, FAILURES, Traffic
from tallystick.domain.traffic import Entry
from tallystick.errors import InvalidInput
from tallystick.pipeline.evaluation.monitors.detector import ONE
from tallystick.pipeline.evaluation.monitors.watch import (
    MONITORS,
    Raised,
    Watching,
    advance,
    let_go,
    watch_from,
)

pytestmark = pytest.mark.slow

REFERENCE = 600


def run(watching: tuple[Watching, ...], entries: list[Entry]) -> tuple[tuple[Watching, ...], list[Raised]]:
    raised: list[Raised] = []
    for entry in entries:
        watching, new = advance(watching, entry)
        raised += new
    return watching, raised


def first_alarm(watching: tuple[Watching, ...], entries: list[Entry]) -> Raised | None:
    for entry in entries:
        watching, new = advance(watching, entry)
        if new:
            return new[0]
    return None


@pytest.mark.parametrize("seed", range(61_000, 61_005))
def test_monitors_when_traffic_stays_calm_are_silent(seed: int) -> None:
    traffic = Traffic(seed)

    _, raised = run(watch_from(traffic.take(REFERENCE)), traffic.take(800))

    assert raised == []


@pytest.mark.parametrize("seed", [62_001, 62_002, 62_003])
@pytest.mark.parametrize("failure", FAILURES)
def test_monitor_when_its_failure_sets_in_is_the_first_to_raise_an_alarm(failure: str, seed: int) -> None:
    traffic = Traffic(seed)
    watching, early = run(watch_from(traffic.take(REFERENCE)), traffic.take(150))
    traffic.world = FAILURES[failure]

    found = first_alarm(watching, traffic.take(1500))

    assert early == []
    assert found is not None
    assert found.monitor == failure
    assert found.statistic >= found.threshold


def test_monitors_when_drift_stays_within_tolerance_are_silent() -> None:
    traffic = Traffic(64_000)
    watching = watch_from(traffic.take(REFERENCE))
    traffic.world = replace(CALM, refusals=0.05, chain_rise=0.02, language_rise=0.03, made_up=0.07)

    _, raised = run(watching, traffic.take(1000))

    assert raised == []


def test_monitor_when_it_raised_is_held_until_let_go() -> None:
    traffic = Traffic(65_000)
    watching = watch_from(traffic.take(REFERENCE))
    traffic.world = FAILURES["label-drift"]

    held, first = run(watching, traffic.take(400))
    _, second = run(let_go(held, frozenset({"label-drift"})), traffic.take(400))

    assert [alarm.monitor for alarm in first] == ["label-drift"]
    assert [alarm.monitor for alarm in second] == ["label-drift"]


def test_let_go_when_named_leaves_the_others_as_they_are() -> None:
    traffic = Traffic(65_500)
    watching, _ = run(watch_from(traffic.take(REFERENCE)), traffic.take(50))

    assert let_go(watching, frozenset(m.name for m in MONITORS)) == watching


def test_shape_and_memory_when_written_as_json_go_on_the_same() -> None:
    traffic = Traffic(66_000)
    watching, _ = run(watch_from(traffic.take(REFERENCE)), traffic.take(60))
    rest = traffic.take(60)

    read_back = tuple(
        replace(w, shape=json.loads(json.dumps(w.shape)), memory=json.loads(json.dumps(w.memory)))
        for w in watching
    )

    assert run(read_back, rest)[0] == run(watching, rest)[0]


def test_thresholds_when_shared_out_follow_the_number_of_streams() -> None:
    watching = {w.name: w for w in watch_from(Traffic(67_000).take(REFERENCE))}

    assert watching["unsupported-claims"].threshold == ONE * 400_000 // 3
    assert watching["context-drift"].threshold == ONE * 8 * 400_000 // 3


def test_reference_when_too_small_is_refused() -> None:
    with pytest.raises(InvalidInput, match="too few"):
        watch_from(Traffic(68_000).take(20))
