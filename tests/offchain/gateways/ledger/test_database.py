import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from importlib.resources import files
from pathlib import Path

import pytest

from tallystick.errors import Conflict, IntegrityViolation, InvalidInput, Unavailable
from tallystick.gateways.ledger.database import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


def insert(value: int) -> object:
    row = (value, b"e", b"c", b"x" * 4000)
    return lambda connection: connection.execute("INSERT INTO periods VALUES (?, ?, ?, ?)", row).rowcount


def count(database: Database) -> int:
    return int(database.read("SELECT count(*) FROM periods")[0][0])


def test_database_when_opened_is_durable_and_current(path: Path) -> None:
    database = Database(path)
    migrations = [
        f for f in files("tallystick.gateways.ledger.migrations").iterdir() if f.name.endswith(".sql")
    ]

    assert database.read("PRAGMA journal_mode")[0][0] == "wal"
    assert database.read("PRAGMA synchronous")[0][0] == 2
    assert database.version == len(migrations)
    database.close()


def test_database_when_open_elsewhere_is_refused_with_the_pid(path: Path) -> None:
    database = Database(path)

    with pytest.raises(Conflict, match=f"process {os.getpid()}"):
        Database(path)
    database.close()
    Database(path).close()


def test_database_when_from_a_newer_program_is_refused_and_let_go(path: Path) -> None:
    Database(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    for _ in range(2):
        with pytest.raises(Conflict, match="schema 99"):
            Database(path)


def test_file_when_it_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"alice was here, this is not a database" * 100)

    with pytest.raises(IntegrityViolation):
        Database(path)


def test_write_when_the_work_fails_leaves_nothing(path: Path) -> None:
    database = Database(path)

    def half(connection: sqlite3.Connection) -> None:
        insert(1)(connection)
        raise InvalidInput("changed my mind")

    with pytest.raises(InvalidInput):
        database.write(half)

    assert count(database) == 0
    database.close()


def test_writes_when_one_of_a_group_fails_keep_the_others(path: Path) -> None:
    database = Database(path)
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


def test_writes_when_waiting_together_share_commits(path: Path) -> None:
    database = Database(path)
    commits: list[str] = []
    database._connection.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
    threads = [threading.Thread(target=database.write, args=(insert(value),)) for value in range(50)]
    with database._lock:
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()

    assert count(database) == 50 and len(commits) < 10
    database.close()


def test_writes_when_threads_write_on_and_on_share_commits(path: Path) -> None:
    database = Database(path)
    commits: list[str] = []

    def slowly(sql: str) -> None:
        if sql == "COMMIT":
            commits.append(sql)
            time.sleep(0.005)

    def work(first: int) -> None:
        for value in range(first, first + 10):
            database.write(insert(value))

    database._connection.set_trace_callback(slowly)
    threads = [threading.Thread(target=work, args=(10 * n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert count(database) == 160 and len(commits) < 80
    database.close()


def test_write_when_its_thread_is_interrupted_leaves_nobody_waiting(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(path)
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


def test_write_when_the_file_is_full_is_unavailable_and_leaves_nothing(path: Path) -> None:
    database = Database(path)
    database.write(insert(0))
    database.read("PRAGMA max_page_count = 40")

    def many(connection: sqlite3.Connection) -> None:
        for value in range(1, 1000):
            insert(value)(connection)

    with pytest.raises(Unavailable, match="Free disk space"):
        database.write(many)

    assert count(database) == 1
    database.read("PRAGMA max_page_count = 100000")
    database.write(insert(1))
    assert count(database) == 2
    database.close()


LIMITED = """
import resource, signal, sys
from pathlib import Path
from tallystick.errors import NodeError
from tallystick.gateways.ledger.database import Database
database = Database(Path(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
done, errors = 0, []
for value in range(200):
    row = (value, b"e", b"c", b"x" * 4000)
    try:
        database.write(lambda c: c.execute("INSERT INTO periods VALUES (?, ?, ?, ?)", row).rowcount)
        done += 1
    except NodeError as error:
        errors.append(type(error).__name__)
print(done, sorted(set(errors)))
"""


def test_write_when_the_disk_refuses_loses_nothing_that_was_acknowledged(path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    acknowledged, errors = done.stdout.strip().split(" ", 1)

    database = Database(path)

    assert 0 < int(acknowledged) < 200 and errors in ("['Unavailable']", "['IntegrityViolation']")
    assert count(database) == int(acknowledged)
    assert database.read("PRAGMA integrity_check")[0][0] == "ok"
    database.close()


WRITER = """
import sys
from pathlib import Path
from tallystick.gateways.ledger.database import Database
database = Database(Path(sys.argv[1]))
start = int(sys.argv[2])
for value in range(start, start + 100_000):
    row = (value, b"e", b"c", b"x")
    database.write(lambda c: c.execute("INSERT INTO periods VALUES (?, ?, ?, ?)", row).rowcount)
    print(value, flush=True)
"""


def test_rows_when_acknowledged_survive_a_kill_at_any_moment(path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    acknowledged: set[int] = set()
    for turn, lines in enumerate((3, 40, 111)):
        args = [sys.executable, "-c", WRITER, str(path), str(turn * 1_000_000)]
        writer = subprocess.Popen(args, stdout=subprocess.PIPE, env=environment)
        assert writer.stdout is not None
        acknowledged |= {int(writer.stdout.readline()) for _ in range(lines)}
        writer.send_signal(signal.SIGKILL)
        acknowledged |= {
            int(line) for line in writer.stdout.read().splitlines(keepends=True) if line.endswith(b"\n")
        }
        writer.wait()
        writer.stdout.close()

    database = Database(path)

    stored = {row[0] for row in database.read("SELECT period FROM periods")}
    assert acknowledged <= stored and len(stored) <= len(acknowledged) + 3
    database.close()


def test_database_when_another_writes_it_can_be_read_and_not_written(path: Path) -> None:
    writer, reader = Database(path), Database(path, read_only=True)
    writer.write(insert(1))

    assert count(reader) == 1
    with pytest.raises(IntegrityViolation):
        reader.write(insert(2))
    assert count(writer) == 1
    reader.close()
    writer.close()
