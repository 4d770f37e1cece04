import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from support.databases.commits import count_commits
from tallystick.errors import Conflict, IntegrityViolation, InvalidInput
from tallystick.gateways.ledger.backends.session import Session
from tallystick.gateways.ledger.database import Database


def insert(value: int) -> object:
    row = (value, b"e", b"c", b"x" * 4000)
    return lambda connection: connection.execute("INSERT INTO periods VALUES (?, ?, ?, ?)", row).rowcount


def count(database: Database) -> int:
    return int(database.read("SELECT count(*) FROM periods")[0][0])


def test_write_when_the_work_fails_leaves_nothing(place: Path | str) -> None:
    database = Database(place)

    def half(connection: Session) -> None:
        insert(1)(connection)
        raise InvalidInput("changed my mind")

    with pytest.raises(InvalidInput):
        database.write(half)

    assert count(database) == 0
    database.close()


def test_rows_when_others_write_meanwhile_are_those_of_one_moment(place: Path | str) -> None:
    database = Database(place)
    for number in range(3):
        database.write(insert(number))

    rows = database.rows("SELECT period FROM periods WHERE period < ? ORDER BY period", (9,))
    first = next(rows)
    database.write(insert(5))

    assert [row["period"] for row in (first, *rows)] == [0, 1, 2]
    assert [row[0] for row in database.rows("SELECT count(*) FROM periods")] == [4]
    database.close()


def test_writes_when_one_of_a_group_fails_keep_the_others(place: Path | str) -> None:
    database = Database(place)
    database.write(insert(5))
    failures: list[Exception] = []

    def write(value: int) -> None:
        try:
            database.write(insert(value))
        except Conflict as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(value,)) for value in range(20)]
    with database._lock:  # all of them wait, so they become one group
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()

    assert len(failures) == 1 and "contradicts" in str(failures[0])
    assert count(database) == 20
    database.close()


@pytest.mark.slow
def test_writes_when_waiting_together_share_commits(place: Path | str) -> None:
    database = Database(place)
    commits = count_commits(database)
    threads = [threading.Thread(target=database.write, args=(insert(value),)) for value in range(50)]
    with database._lock:
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()

    assert count(database) == 50 and len(commits) < 10
    database.close()


@pytest.mark.slow
def test_writes_when_threads_write_on_and_on_share_commits(place: Path | str) -> None:
    database = Database(place)
    commits = count_commits(database, meanwhile=lambda: time.sleep(0.005))

    def work(first: int) -> None:
        for value in range(first, first + 10):
            database.write(insert(value))

    threads = [threading.Thread(target=work, args=(10 * n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert count(database) == 160 and len(commits) < 80
    database.close()


def test_write_when_its_thread_is_interrupted_leaves_nobody_waiting(
    place: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(place)
    waits: list[threading.Event] = []

    class Interrupted(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(self)
            if len(waits) == 1:
                raise KeyboardInterrupt
            return super().wait(timeout)

    monkeypatch.setattr("tallystick.gateways.ledger.database.Event", Interrupted)

    with pytest.raises(KeyboardInterrupt):
        database.write(insert(1))
    database.write(insert(2))

    assert count(database) == 2
    database.close()


WRITER = """
import sys
from pathlib import Path
from tallystick.gateways.ledger.database import Database
place = sys.argv[1]
database = Database(place if place.startswith("postgresql:") else Path(place))
start = int(sys.argv[2])
for value in range(start, start + 100_000):
    row = (value, b"e", b"c", b"x")
    database.write(lambda c: c.execute("INSERT INTO periods VALUES (?, ?, ?, ?)", row).rowcount)
    print(value, flush=True)
"""


@pytest.mark.slow
def test_rows_when_acknowledged_survive_a_kill_at_any_moment(place: Path | str) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    acknowledged: set[int] = set()
    for turn, lines in enumerate((3, 40, 111)):
        args = [sys.executable, "-c", WRITER, str(place), str(turn * 1_000_000)]
        writer = subprocess.Popen(args, stdout=subprocess.PIPE, env=environment)
        assert writer.stdout is not None
        acknowledged |= {int(writer.stdout.readline()) for _ in range(lines)}
        writer.send_signal(signal.SIGKILL)
        acknowledged |= {
            int(line) for line in writer.stdout.read().splitlines(keepends=True) if line.endswith(b"\n")
        }
        writer.wait()
        writer.stdout.close()

    database = Database(place)

    stored = {row[0] for row in database.read("SELECT period FROM periods")}
    assert acknowledged <= stored and len(stored) <= len(acknowledged) + 3
    database.close()


def test_database_when_another_writes_it_can_be_read_and_not_written(place: Path | str) -> None:
    writer, reader = Database(place), Database(place, read_only=True)
    writer.write(insert(1))

    assert count(reader) == 1
    with pytest.raises(IntegrityViolation):
        reader.write(insert(2))
    assert count(writer) == 1
    reader.close()
    writer.close()


def test_size_when_rows_come_grows(place: Path | str) -> None:
    database = Database(place)
    before = database.size()

    database.write(lambda connection: [insert(value)(connection) for value in range(50)])

    assert database.size() > before
    database.close()


def test_write_when_interrupted_at_its_work_leaves_nothing_and_the_next_goes_on(place: Path | str) -> None:
    database = Database(place)

    def interrupted(connection: Session) -> None:
        insert(1)(connection)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        database.write(interrupted)
    database.write(insert(2))

    assert [row["period"] for row in database.read("SELECT period FROM periods")] == [2]
    database.close()


def test_database_when_closed_is_closed(place: Path | str) -> None:
    database = Database(place)
    database.close()

    with pytest.raises(Conflict, match="closed"):
        database.read("SELECT count(*) FROM periods")
    with pytest.raises(Conflict, match="closed"):
        database.write(insert(1))
