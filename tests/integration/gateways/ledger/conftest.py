"""One PostgreSQL server for the session, and a schema of it for each test."""

from collections.abc import Iterator

import pytest

from support.databases.postgres import PostgresServer
from tallystick.gateways.ledger.books import SqlLedger


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    running = PostgresServer()
    yield running
    running.close()


@pytest.fixture
def place(server: PostgresServer) -> str:
    return server.fresh_schema()


@pytest.fixture
def ledger(place: str) -> Iterator[SqlLedger]:
    with SqlLedger(place) as opened:
        yield opened
