"""The points that monitors leave behind on their way to an alarm."""

import pytest

from support.monitoring.watched import REFERENCE, failing, note_all
from tallystick.app.monitoring.desk import MonitorDesk
from tallystick.app.monitoring.run import POINT_EVERY, run_monitors
from tallystick.gateways.ledger.books import SqliteLedger

pytestmark = pytest.mark.slow


def test_course_when_a_failure_sets_in_crosses_the_threshold_with_its_alarm(ledger: SqliteLedger) -> None:
    entries = failing(81_000, "label-drift", 50, 200)
    for end in range(REFERENCE, len(entries) + 1, 10):
        note_all(ledger, "bells@1", entries[max(end - 10, 0) if end > REFERENCE else 0 : end])
        run_monitors(ledger, "bells@1", 50)
    desk = MonitorDesk(ledger, lambda: 50, REFERENCE)

    courses = {course.monitor: course for course in desk.courses("bells")}

    drift = courses["label-drift"].points
    (alarm,) = ledger.alarms.list()
    assert len(courses) == 6 and desk.courses("other") == ()
    assert drift[0].share_ppm == 0 and drift[0].position == REFERENCE
    assert max(p.share_ppm for p in drift) >= 10**6
    assert next(p for p in drift if p.share_ppm >= 10**6).position >= alarm.found.position
    assert [p.position for p in drift] == sorted({p.position for p in drift})
    assert len(drift) <= 250 // POINT_EVERY + 2
    assert all(len(c.points) == len(drift) for c in courses.values())
