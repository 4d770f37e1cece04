"""What looks of the watchtower tell the node's numbers."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from tallystick.app.watching.case import Case, State
from tallystick.app.watching.tower import WatchReport
from tallystick.ports.observing.metrics import Metrics

_SHOWN: Final = tuple(state for state in State if state is not State.OVER)


def counted(
    metrics: Metrics, look: Callable[[], WatchReport], cases: Callable[[], Iterable[Case]]
) -> WatchReport:
    """The look, and whether it succeeded; what it found is told from what is known after it."""
    try:
        report = look()
    except Exception:
        metrics.count("watch_looks", outcome="failed")
        raise
    metrics.count("watch_looks", outcome="done")
    metrics.set("watch_last_look_timestamp_seconds", int(time.time()))
    states = Counter(case.state for case in cases())
    for state in _SHOWN:
        metrics.set("watch_cases", states[state], state=state.value)
    metrics.set("watch_unseen", report.unseen)
    metrics.set("watch_doubted", report.doubted)
    metrics.count("watch_case_failures", report.failed)
    metrics.count("watch_convictions", report.newly_convicted)
    return report
