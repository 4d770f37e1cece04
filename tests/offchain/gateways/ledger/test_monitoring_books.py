"""Traffic, alarms, retrainings and feedback: all or nothing, once, and never changed afterwards."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from support.ledger_records import hash_of, make_receipt
from tallystick.errors import Conflict, NotFound
from tallystick.gateways.ledger.books import SqlLedger
from tallystick.gateways.ledger.database import Database
from tallystick.ports import (
    Acknowledgement,
    Feedback,
    NewAlarm,
    NewEntry,
    RetrainingStep,
    StoredWatch,
    WatchPoint,
)

ALARM = NewAlarm(
    "label-drift", "answer other", 3, 1 << 90, 1 << 84, 150_000, 400_000, 60, hash_of("evidence")
)
SEEN = Acknowledgement(30, "nora", "retrain")


def note(ledger: SqlLedger, count: int, release: str = "first") -> None:
    entries = [NewEntry("answer", hash_of(release, i), 5, f"{{{i}}}") for i in range(count)]
    ledger.traffic.note(release, entries)


def test_traffic_when_noted_twice_stands_once(ledger: SqlLedger) -> None:
    note(ledger, 3)
    note(ledger, 3)
    ledger.traffic.note("first", [NewEntry("feedback", hash_of("first", 1), 6, "good")])

    found = ledger.traffic.after("first", 1)

    assert [(e.kind, e.payload) for e in found] == [
        ("answer", "{1}"),
        ("answer", "{2}"),
        ("feedback", "good"),
    ]
    assert [e.position for e in found] == sorted({e.position for e in found} - {1})
    assert ledger.traffic.count("first") == 4
    assert ledger.traffic.release_of(hash_of("first", 2)) == "first"
    with pytest.raises(NotFound):
        ledger.traffic.release_of(hash_of("never"))


def test_watch_when_advanced_stores_state_alarm_and_proposal_together(ledger: SqlLedger) -> None:
    note(ledger, 3)

    ledger.traffic.advance(0, StoredWatch("first", 3, "state"), [ALARM], 20)

    assert ledger.traffic.watch("first") == StoredWatch("first", 3, "state")
    (alarm,) = ledger.alarms.list()
    assert (alarm.release, alarm.raised_at, alarm.found) == ("first", 20, ALARM)
    (retraining,) = ledger.retrainings.list()
    assert (retraining.release, retraining.cause, retraining.alarms) == ("first", "alarm", (alarm.number,))


def test_points_when_a_watch_advances_are_stored_with_it_and_the_newest_come_back_in_order(
    ledger: SqlLedger,
) -> None:
    note(ledger, 3)
    first, second = (WatchPoint(n, "label-drift", "answer", 5, 10 * n, 1, 2, n) for n in (2, 3))

    ledger.traffic.advance(0, StoredWatch("first", 2, "state"), [], 20, [first])
    ledger.traffic.advance(2, StoredWatch("first", 3, "state"), [], 21, [second])
    with pytest.raises(Conflict):
        ledger.traffic.advance(2, StoredWatch("first", 4, "state"), [], 22, [replace(first, position=4)])

    assert ledger.traffic.points("first", 5) == (first, second)
    assert ledger.traffic.points("first", 1) == (second,)
    assert ledger.traffic.points("other", 5) == ()


def test_watch_when_moved_by_another_run_is_refused_whole(ledger: SqlLedger) -> None:
    note(ledger, 3)
    ledger.traffic.advance(0, StoredWatch("first", 2, "theirs"), [], 20)

    with pytest.raises(Conflict, match="Another run"):
        ledger.traffic.advance(0, StoredWatch("first", 3, "ours"), [ALARM], 20)

    assert ledger.traffic.watch("first") == StoredWatch("first", 2, "theirs")
    assert (ledger.alarms.list(), ledger.retrainings.list()) == ((), ())


def test_watch_when_an_alarm_is_refused_does_not_move(ledger: SqlLedger) -> None:
    note(ledger, 3)

    with pytest.raises(Conflict):
        ledger.traffic.advance(0, StoredWatch("first", 3, "state"), [ALARM, ALARM], 20)

    assert ledger.traffic.watch("first") is None
    assert ledger.alarms.list() == ()


def test_alarms_when_more_come_before_it_begins_join_one_retraining(ledger: SqlLedger) -> None:
    ledger.traffic.advance(
        0, StoredWatch("first", 3, "a"), [ALARM, replace(ALARM, monitor="language-gap")], 20
    )
    number = ledger.retrainings.propose("first", "schedule", 21).number
    ledger.retrainings.record(RetrainingStep(number, "collected", 22, "ok", "12 records", "{}"))

    ledger.traffic.advance(3, StoredWatch("first", 9, "b"), [replace(ALARM, position=9)], 30)

    assert [r.alarms for r in ledger.retrainings.list()] == [(1, 2), (3,)]


def test_alarm_when_acknowledged_is_open_no_more(ledger: SqlLedger) -> None:
    ledger.traffic.advance(0, StoredWatch("first", 3, "a"), [ALARM], 20)

    ledger.alarms.acknowledge(1, SEEN)

    assert ledger.alarms.list(open_only=True) == ()
    assert ledger.alarms.get(1).acknowledgement == SEEN
    with pytest.raises(Conflict):
        ledger.alarms.acknowledge(1, SEEN)
    with pytest.raises(NotFound):
        ledger.alarms.acknowledge(7, SEEN)


def test_step_when_recorded_stands_once(ledger: SqlLedger) -> None:
    number = ledger.retrainings.propose("first", "person", 20).number
    step = RetrainingStep(number, "trained", 25, "ok", "loss fell", '{"seconds": 3}')
    ledger.retrainings.record(step)

    with pytest.raises(Conflict):
        ledger.retrainings.record(replace(step, outcome="failed"))

    assert ledger.retrainings.steps(number) == (step,)


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE alarms SET mean_ppm = 0",
        "DELETE FROM alarms",
        "UPDATE traffic SET payload = ''",
        "UPDATE retraining_steps SET outcome = 'ok'",
        "DELETE FROM retraining_steps",
    ],
)
def test_records_when_changed_behind_our_back_are_refused(place: Path | str, change: str) -> None:
    with SqlLedger(place) as ledger:
        note(ledger, 3)
        ledger.traffic.advance(0, StoredWatch("first", 3, "a"), [ALARM], 20)
        ledger.retrainings.record(RetrainingStep(1, "collected", 22, "ok", "", "{}"))
    database = Database(place)

    with pytest.raises(Conflict, match="append-only"):
        database.write(lambda connection: connection.execute(change).rowcount)
    database.close()


def test_feedback_when_given_again_replaces_what_was_said(ledger: SqlLedger) -> None:
    receipt = make_receipt()
    ledger.receipts.store(receipt)
    ledger.traffic.note("first", [NewEntry("answer", receipt.digest, 5, "{}")])
    ledger.feedback.give(Feedback(receipt.digest, False, True, "It was 1788.", 30))

    ledger.feedback.give(Feedback(receipt.digest, False, False, None, 31))

    ledger.feedback.give(Feedback(receipt.digest, False, False, None, 31))

    assert ledger.feedback.of_release("first") == (Feedback(receipt.digest, False, False, None, 31),)
    with pytest.raises(Conflict, match="later word"):
        ledger.feedback.give(Feedback(receipt.digest, False, True, "It was 1788.", 30))
    with pytest.raises(Conflict, match="later word"):
        ledger.feedback.give(Feedback(receipt.digest, False, True, "It was 1788.", 31))


def test_correction_when_training_is_not_allowed_is_refused(ledger: SqlLedger) -> None:
    receipt = make_receipt()
    ledger.receipts.store(receipt)

    with pytest.raises(Conflict):
        ledger.feedback.give(Feedback(receipt.digest, False, False, "It was 1788.", 30))
    with pytest.raises(Conflict):
        ledger.feedback.give(Feedback(hash_of("unknown"), True, False, None, 30))


@pytest.mark.slow
def test_watch_when_killed_while_it_advances_is_whole(place: Path | str) -> None:
    """The position never runs ahead of the alarms, nor they of it."""
    program = f"""
import sys
from pathlib import Path, PosixPath
from support.ledger_records import hash_of
from tallystick.gateways.ledger.books import SqlLedger
from tallystick.ports import NewAlarm, StoredWatch
ledger = SqlLedger({place!r})
for i in range(1, 100_000):
    alarm = NewAlarm("label-drift", "s", i, 9, 5, 1, 2, 3, hash_of("evidence", i))
    ledger.traffic.advance(i - 1, StoredWatch("first", i, str(i)), [alarm], 20)
    if i == 5:
        print("going", flush=True)
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment) as child:
        assert child.stdout is not None and child.stdout.readline()
        os.kill(child.pid, signal.SIGKILL)

    with SqlLedger(place) as ledger:
        watch = ledger.traffic.watch("first")
        assert watch is not None and watch.position >= 5
        assert [a.found.position for a in ledger.alarms.list()] == list(range(1, watch.position + 1))
        assert ledger.retrainings.list()[0].alarms == tuple(range(1, watch.position + 1))
