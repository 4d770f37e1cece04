"""Monitors over a real ledger: resumable at any place, idempotent, and replayed from the stored traffic."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.monitoring.watched import REFERENCE, failing, note_all
from tallystick.app.monitoring.desk import MonitorDesk
from tallystick.app.monitoring.retraining.pause import check_promotion
from tallystick.app.monitoring.run import replay, run_monitors
from tallystick.errors import Conflict, InvalidInput
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.gateways.ledger.database import Database

pytestmark = pytest.mark.slow


def desk(ledger: SqliteLedger) -> MonitorDesk:
    return MonitorDesk(ledger, lambda: 50, REFERENCE)


def test_run_when_a_failure_sets_in_stores_the_alarm_once(ledger: SqliteLedger) -> None:
    note_all(ledger, "first", failing(81_000, "label-drift", 50, 200))

    first = run_monitors(ledger, "first", 50)
    second = run_monitors(ledger, "first", 51)

    assert first.entries == REFERENCE + 250
    assert [a.split(":")[0] for a in first.alarms] == ["label-drift"]
    assert (second.entries, second.alarms) == (0, ())
    assert len(ledger.alarms.list()) == 1
    assert ledger.retrainings.list()[0].alarms == (1,)


def test_run_when_taken_in_pieces_gives_the_same_state(tmp_path: Path) -> None:
    entries = failing(82_000, "context-drift", 30, 150)
    states = []
    for name, pieces in (("whole", [len(entries)]), ("pieces", [600, 601, 640, 700, len(entries)])):
        with SqliteLedger(tmp_path / name) as ledger:
            start = 0
            for end in pieces:
                note_all(ledger, "first", entries[start:end])
                run_monitors(ledger, "first", 50)
                start = end
            states.append((ledger.traffic.watch("first"), ledger.alarms.list()))

    assert states[0] == states[1]
    assert states[0][1]


def test_run_when_there_is_no_reference_yet_waits(ledger: SqliteLedger) -> None:
    note_all(ledger, "first", failing(83_000, "label-drift", 0, 0)[:400])

    assert run_monitors(ledger, "first", 50).waiting_for == 200
    assert desk(ledger).list().waiting == (("first", 400),)


def test_alarm_when_open_pauses_promotion_until_acknowledged(ledger: SqliteLedger) -> None:
    note_all(ledger, "first", failing(84_000, "label-drift", 0, 200))
    check_promotion(ledger)
    desk(ledger).run()

    assert desk(ledger).list().promotion_paused
    with pytest.raises(Conflict, match="paused"):
        check_promotion(ledger)
    check_promotion(ledger, answers=[1])
    with pytest.raises(InvalidInput):
        desk(ledger).acknowledge(1, "nora", " ")
    desk(ledger).acknowledge(1, "nora", "A holiday: more refusals are right.")
    check_promotion(ledger)

    assert not desk(ledger).list().promotion_paused


def test_monitor_when_acknowledged_begins_anew_and_replays(ledger: SqliteLedger) -> None:
    entries = failing(85_000, "label-drift", 0, 500)
    note_all(ledger, "first", entries[:750])
    desk(ledger).run()
    desk(ledger).acknowledge(1, "nora", "seen")
    note_all(ledger, "first", entries[750:])
    desk(ledger).run()

    first, second = ledger.alarms.list()

    assert second.found.position > 750
    assert [replay(ledger, a) for a in (first, second)] == [first.found, second.found]
    assert desk(ledger).show(2).is_replayed


def test_run_when_conversations_are_more_than_it_remembers_forgets_the_same_ones_in_pieces(
    tmp_path: Path,
) -> None:
    entries = failing(87_000, "label-drift", 200, 700)
    states = []
    for name, step in (("whole", len(entries)), ("pieces", 150)):
        with SqliteLedger(tmp_path / name) as ledger:
            for start in range(0, len(entries), step):
                note_all(ledger, "first", entries[start : start + step])
                run_monitors(ledger, "first", 50)
            states.append(ledger.traffic.watch("first"))

    assert states[0] == states[1]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE traffic SET payload = json_set(payload, '$.prompt_words', 1) WHERE position = 1",
        "DELETE FROM traffic WHERE position > 605",
    ],
)
def test_alarm_when_traffic_was_changed_behind_it_is_not_replayed(
    ledger: SqliteLedger, tmp_path: Path, change: str
) -> None:
    note_all(ledger, "first", failing(86_000, "label-drift", 0, 200))
    desk(ledger).run()
    ledger.close()
    database = Database(tmp_path / "ledger.sqlite3")
    database.write(lambda connection: connection.execute("DROP TRIGGER traffic_stays").rowcount)
    database.write(lambda connection: connection.execute(change).rowcount)
    database.close()

    with SqliteLedger(tmp_path / "ledger.sqlite3") as opened:
        assert not desk(opened).show(1).is_replayed


def test_run_when_killed_and_run_again_ends_where_an_unbroken_run_does(tmp_path: Path) -> None:
    entries = failing(87_000, "label-drift", 200, 1500)
    for name in ("killed", "whole"):
        with SqliteLedger(tmp_path / name) as ledger:
            note_all(ledger, "first", entries)
    program = f"""
from pathlib import Path
from tallystick.app.monitoring import run
from tallystick.gateways.ledger.books import SqliteLedger
run._AT_ONCE = 7
print("going", flush=True)
run.run_monitors(SqliteLedger(Path({str(tmp_path / "killed")!r})), "first", 50)
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment) as child:
        assert child.stdout is not None and child.stdout.readline()
        wait_for_watch(tmp_path / "killed")
        os.kill(child.pid, signal.SIGKILL)

    ends = []
    for name in ("killed", "whole"):
        with SqliteLedger(tmp_path / name) as ledger:
            run_monitors(ledger, "first", 50)
            ends.append((ledger.traffic.watch("first"), ledger.alarms.list()))

    assert ends[0] == ends[1]


def wait_for_watch(path: Path) -> None:
    import time

    for _ in range(2000):
        with SqliteLedger(path, read_only=True) as seen:
            if seen.traffic.watch("first"):
                return
        time.sleep(0.01)
    raise AssertionError("the monitors did not move")
