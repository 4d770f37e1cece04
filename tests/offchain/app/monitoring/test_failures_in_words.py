"""Failures in the words of answers reach their monitors through what is kept of the words. Fresh seeds, no model."""

import pytest

from support.monitoring.texts import FACTS, Talk
from tallystick.app.monitoring.features import Extractor
from tallystick.pipeline.evaluation.monitors.watch import MONITORS, Watching, advance, watch_from

pytestmark = pytest.mark.slow

REFERENCE = 600
EXTRACTOR = Extractor(b"k" * 32, FACTS)


def reference(talk: Talk) -> tuple[Watching, ...]:
    return watch_from([EXTRACTOR.sample(served) for served in talk.take(REFERENCE)])


def alarms(watching: tuple[Watching, ...], talk: Talk, count: int, until: str) -> set[str]:
    """A failure of words may move more than its own statistic: all that were raised until the wanted one."""
    found: set[str] = set()
    for served in talk.take(count):
        watching, raised = advance(watching, EXTRACTOR.sample(served))
        found |= {alarm.monitor for alarm in raised}
        if until in found:
            break
    return found


@pytest.mark.parametrize("seed", [93_001, 93_002])
@pytest.mark.parametrize("failure", [monitor.name for monitor in MONITORS])
def test_failure_in_words_when_it_sets_in_is_found(failure: str, seed: int) -> None:
    talk = Talk(seed)
    watching = reference(talk)
    talk.failure = failure

    assert failure in alarms(watching, talk, 1500, failure)


@pytest.mark.parametrize("seed", [94_001, 94_002, 94_003])
def test_words_when_they_stay_as_they_were_raise_nothing(seed: int) -> None:
    talk = Talk(seed)

    assert alarms(reference(talk), talk, 700, "") == set()
