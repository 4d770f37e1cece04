"""What holds of a ledger on a PostgreSQL server alone: one writer, and servers that fail."""

import pytest

from support.databases.postgres import PostgresServer
from support.ledger_records import BOB, NORA, make_receipt, make_voucher
from tallystick.errors import Conflict, InvalidInput, Unavailable
from tallystick.gateways.ledger.books import SqlLedger
from tallystick.gateways.ledger.database import Database


def test_ledger_when_another_writes_it_is_refused_with_its_session(place: str) -> None:
    with SqlLedger(place) as ledger:
        with pytest.raises(Conflict, match=r"in use by session [0-9]+ from"):
            SqlLedger(place)
        ledger.receipts.store(make_receipt())


def test_ledgers_when_of_two_schemas_do_not_meet(server: PostgresServer) -> None:
    with SqlLedger(server.fresh_schema()) as one, SqlLedger(server.fresh_schema()) as two:
        one.receipts.store(make_receipt())

        assert two.receipts.recent() == () and len(one.receipts.recent()) == 1


def test_ledger_when_its_connection_is_cut_goes_on_after_one_refusal(
    place: str, server: PostgresServer
) -> None:
    with SqlLedger(place) as ledger:
        ledger.receipts.store(make_receipt(0, 100))
        cut_all(server)

        with pytest.raises(Unavailable, match="Try again"):
            ledger.receipts.store(make_receipt(100, 200))
        ledger.receipts.store(make_receipt(100, 200))

        assert len(ledger.receipts.lane(BOB, NORA, 0)) == 2


def test_ledger_when_another_took_it_over_meanwhile_writes_no_more(
    place: str, server: PostgresServer
) -> None:
    """The connection is the right to write: who lost it has to win that again."""
    first = SqlLedger(place)
    first.receipts.store(make_receipt(0, 100))
    cut_all(server)

    with SqlLedger(place) as second:
        with pytest.raises(Unavailable):
            first.receipts.store(make_receipt(100, 200))
        with pytest.raises(Conflict, match="in use"):
            first.receipts.store(make_receipt(100, 200))
        assert len(second.receipts.recent()) == 1
    first.receipts.store(make_receipt(100, 200))
    first.close()


def test_ledger_when_the_server_crashes_keeps_what_was_acknowledged(
    place: str, server: PostgresServer
) -> None:
    with SqlLedger(place) as ledger:
        for previous in range(0, 1_000, 100):
            ledger.receipts.store(make_receipt(previous, previous + 100))
        server.kill()
        try:
            with pytest.raises(Unavailable):
                ledger.receipts.store(make_receipt(1_000, 1_100))
            with pytest.raises(Unavailable, match="cannot be reached"):
                ledger.receipts.recent()
        finally:
            server.start()

        assert len(ledger.receipts.lane(BOB, NORA, 0)) >= 10
        ledger.vouchers.store(make_voucher(100))


def test_ledger_when_the_server_would_lose_rows_is_refused(place: str, server: PostgresServer) -> None:
    server.kill()
    server.start("fsync=off")
    try:
        with pytest.raises(InvalidInput, match="fsync"):
            SqlLedger(place)
    finally:
        server.kill()
        server.start()


def test_ledger_when_its_url_leads_nowhere_says_what_to_do(server: PostgresServer) -> None:
    nowhere = server.fresh_schema().replace("books_", "missing_")

    with pytest.raises(InvalidInput, match="schema"):
        SqlLedger(nowhere)
    with pytest.raises(Unavailable, match="cannot be reached"):
        SqlLedger("postgresql://nobody@127.0.0.1:1/nothing")


def test_text_when_the_server_cannot_hold_it_is_refused_alone(place: str) -> None:
    database = Database(place)
    with pytest.raises(InvalidInput):
        database.write(
            lambda session: session.execute("INSERT INTO watches VALUES (?, ?, ?)", ("a\0b", 1, "")).rowcount
        )

    database.write(
        lambda session: session.execute("INSERT INTO watches VALUES (?, ?, ?)", ("ab", 1, "")).rowcount
    )

    assert len(database.read("SELECT * FROM watches")) == 1
    database.close()


def test_leaves_when_consumers_differ_in_case_are_ordered_by_their_bytes(place: str) -> None:
    """As a locale would not: it would put a small letter before a capital one."""
    database = Database(place)
    for release in ("b", "a", "B", "A", "_"):
        database.write(
            lambda session, release=release: (
                session.execute("INSERT INTO watches VALUES (?, ?, ?)", (release, 1, "")).rowcount
            )
        )

    assert [r["release"] for r in database.read("SELECT * FROM watches ORDER BY release")] == list("AB_ab")
    database.close()


def test_ledger_when_opened_for_reading_writes_nothing_and_needs_no_lock(place: str) -> None:
    with SqlLedger(place) as writer, SqlLedger(place, read_only=True) as reader:
        writer.receipts.store(make_receipt())

        assert len(reader.receipts.recent()) == 1


def cut_all(server: PostgresServer) -> None:
    with server.connect() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid != pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
