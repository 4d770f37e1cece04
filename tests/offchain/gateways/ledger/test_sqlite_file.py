"""What holds of a ledger in a SQLite file alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.ledger_records import BOB, NORA
from tallystick.errors import Conflict, IntegrityViolation, Unavailable
from tallystick.gateways.ledger.backends.migrating import latest
from tallystick.gateways.ledger.backends.session import Session
from tallystick.gateways.ledger.books import SqlLedger
from tallystick.gateways.ledger.database import Database
from tallystick.gateways.ledger.vouchers import _ENDING


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
    assert database.read("PRAGMA journal_mode")[0][0] == "wal"
    assert database.read("PRAGMA synchronous")[0][0] == 2
    assert database.version == latest("tallystick.gateways.ledger.migrations")
    database.close()


def test_database_when_open_elsewhere_is_refused_with_the_pid(path: Path) -> None:
    database = Database(path)

    with pytest.raises(Conflict, match=f"process {os.getpid()}"):
        Database(path)
    database.close()
    Database(path).close()


def test_file_when_it_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"alice was here, this is not a database" * 100)

    with pytest.raises(IntegrityViolation):
        Database(path)


def test_write_when_the_file_is_full_is_unavailable_and_leaves_nothing(path: Path) -> None:
    database = Database(path)
    database.write(insert(0))
    database.read("PRAGMA max_page_count = 40")

    def many(connection: Session) -> None:
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


@pytest.mark.slow
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


def test_receipt_when_its_lane_is_long_is_found_without_reading_the_lane(ledger: SqlLedger) -> None:
    plan = ledger._database.read(f"EXPLAIN QUERY PLAN {_ENDING}", (BOB, NORA, b"0" * 8, b"0" * 16))

    assert "previous<?" in plan[0]["detail"]
