"""Real old books are brought forward; books from the future are refused."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from support.ledger_records import BOB, NORA, OPENING, hash_of, make_receipt, make_voucher
from tallystick.domain.answers.opened import OutputRecord
from tallystick.domain.ids import Address, Hash
from tallystick.errors import Conflict, NodeError
from tallystick.gateways.ledger.backends.migrating import latest
from tallystick.gateways.ledger.books import SqlLedger
from tallystick.gateways.ledger.columns import u128
from tallystick.gateways.ledger.database import Database

LEDGER = "tallystick.gateways.ledger.migrations"
INDEX = "tallystick.gateways.ledger.event_index.migrations"
SIGNER = "tallystick.gateways.ledger.signing_record.migrations"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.sqlite3"
    connection = sqlite3.connect(path)
    connection.executescript(Path(__file__).with_name("books_at_9.sql").read_text(encoding="utf-8"))
    connection.close()
    return path


@pytest.mark.parametrize("migrations", [LEDGER, INDEX, SIGNER])
def test_steps_when_listed_form_one_line_to_the_newest(migrations: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(files(LEDGER)))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(files(migrations) / "versions"))
    script = ScriptDirectory.from_config(config)

    assert script.get_current_head() == f"{latest(migrations):04}"
    assert all(Path(step.path).name.startswith(step.revision) for step in script.walk_revisions())


def test_books_when_from_before_alembic_open_with_all_they_held(old: Path) -> None:
    with SqlLedger(old) as ledger:
        assert [s.is_acknowledged for s in ledger.receipts.lane(BOB, NORA, 0)] == [True, True, False]
        assert ledger.receipts.opening(make_receipt().digest) == OPENING
        assert ledger.vouchers.latest(BOB, NORA, 0) == make_voucher(300, 2**90)
        assert [b.header_hash for b in ledger.batches.list()] == [
            hash_of("batch", name) for name in ("second", "first")
        ]
        (entry,) = ledger.outbox.recent()
        assert [attempt.raw for attempt in entry.attempts] == [b"raw0", b"raw1", b"raw2"]
        assert [step.step for step in ledger.retrainings.steps(1)] == ["trained", "collected"]
        assert len(ledger.audited_shares.of(NORA)) == len(ledger.payments.unfinished(NORA)) == 1
        assert ledger.answers.find(BOB, NORA, None, "key-1") is not None
        assert ledger.feedback.of_release("first")[0].correction == "It was 1788."


def test_books_when_brought_forward_are_whole_and_still_append_only(old: Path) -> None:
    database = Database(old)

    assert database.version == latest(LEDGER)
    assert database.read("PRAGMA foreign_key_check") == []
    assert database.read("PRAGMA integrity_check")[0][0] == "ok"
    with pytest.raises(Conflict, match="append-only"):
        database.write(
            lambda connection: connection.execute("UPDATE retraining_steps SET why = 'x'").rowcount
        )
    database.close()


def test_books_when_from_before_alembic_equal_new_ones_in_shape(old: Path, tmp_path: Path) -> None:
    shapes = []
    for path in (old, tmp_path / "new.sqlite3"):
        database = Database(path)
        tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
        names = [row["name"] for row in database.read(tables)]
        shapes.append(
            {name: [tuple(c) for c in database.read(f"PRAGMA table_info({name})")] for name in names}
        )
        database.close()

    assert shapes[0] == shapes[1] and "alembic_version" in shapes[0]


def test_books_when_a_step_fails_stay_as_they_were(old: Path) -> None:
    with sqlite3.connect(old) as connection:
        connection.execute(
            "CREATE INDEX outbox_attempts_position ON periods (period)"
        )  # the step wants this name
    connection.close()

    with pytest.raises(NodeError):
        SqlLedger(old)

    connection = sqlite3.connect(old)
    assert connection.execute("PRAGMA user_version").fetchone()[0] == 9
    columns = [row[1] for row in connection.execute("PRAGMA table_info(batches)")]
    connection.close()
    assert "position" not in columns


def test_books_when_from_a_newer_program_are_refused_and_let_go(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    Database(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    for _ in range(2):
        with pytest.raises(Conflict, match="schema 99"):
            Database(path)


@pytest.mark.slow
def test_ledger_when_from_before_output_records_keeps_the_answers(tmp_path: Path) -> None:
    path, found = tmp_path / "old.sqlite3", files("tallystick.gateways.ledger.migrations.history")
    older = sorted((f for f in found.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)[:2]
    with sqlite3.connect(path) as connection:
        for migration in older:
            connection.executescript(migration.read_text())
        connection.execute("PRAGMA user_version = 2")
        connection.execute("PRAGMA foreign_keys = OFF")
        row = (b"d" * 32, b"s" * 32, "[]", 'an "old" añswer', "{}")
        connection.execute("INSERT INTO openings VALUES (?, ?, ?, ?, ?)", row)
    connection.close()

    with SqlLedger(path) as ledger:
        assert ledger.receipts.opening(Hash(b"d" * 32)).output == OutputRecord('an "old" añswer', ())


@pytest.mark.slow
def test_ledger_when_from_before_vouchers_acknowledged_tells_the_same(tmp_path: Path) -> None:
    path, found = tmp_path / "old.sqlite3", files("tallystick.gateways.ledger.migrations.history")
    older = sorted((f for f in found.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)[:3]
    with sqlite3.connect(path) as connection:
        for migration in older:
            connection.executescript(migration.read_text())
        connection.execute("PRAGMA user_version = 3")
        connection.execute(
            "INSERT INTO vouchers VALUES ('c', 'o', zeroblob(8), ?, ?, x'aa', x'bb')",
            (u128(100), u128(500)),
        )
        for previous, cumulative, is_acknowledged in ((0, 100, 1), (100, 300, 0)):
            interval = (u128(previous), u128(cumulative))
            words = (b"t", 1, 1, b"q", b"o", b"l", b"a", 7, b"p", b"h", b"e", is_acknowledged, None)
            row = (None, b"d%d" % previous, "c", "o", bytes(8), *interval, *words)
            connection.execute(f"INSERT INTO receipts VALUES ({', '.join('?' * len(row))})", row)
    connection.close()

    with SqlLedger(path) as ledger:
        assert [s.is_acknowledged for s in ledger.receipts.recent()] == [False, True]
        assert [s.digest for s in ledger.receipts.unbatched(Address("o"))] == [b"d0"]


@pytest.mark.slow
def test_ledgers_when_made_by_many_threads_at_once_are_all_whole(tmp_path: Path) -> None:
    def made(number: int) -> int:
        with SqlLedger(tmp_path / f"{number}.sqlite3") as ledger:
            ledger.receipts.recent()
        database = Database(tmp_path / f"{number}.sqlite3")
        try:
            return database.version
        finally:
            database.close()

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(made, range(18))) == {latest(LEDGER)}


def test_ledger_when_its_schema_cannot_be_read_is_not_left_held(tmp_path: Path) -> None:
    path = tmp_path / "books.sqlite3"
    with pytest.raises(ModuleNotFoundError):
        Database(path, migrations="tallystick.gateways.ledger.no_such_schema")

    Database(path).close()
