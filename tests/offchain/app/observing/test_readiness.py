"""Money first: a node is ready before its model is, and says which part is not."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tallystick.app.answering.menu import ModelState
from tallystick.app.daemon.duty import DutyState
from tallystick.app.observing.readiness import readiness
from tallystick.errors import IntegrityViolation, Unavailable
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.ports import Ledger

DONE = (DutyState("index", runs=1), DutyState("outbox", runs=1), DutyState("monitors"))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with SqliteLedger(tmp_path / "node.sqlite3") as made:
        yield made


def test_readiness_when_the_model_is_loading_is_the_nodes_without_it(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    found = readiness(lambda: ledger, tmp_path, DONE, [ModelState("estuary", False, "loading")])

    assert found.is_ready and not found.of_model("estuary") and not found.of_model("other")
    assert [part.part for part in found.parts] == ["metering", "indexer", "outbox", "api"]
    loaded = readiness(lambda: ledger, tmp_path, DONE, [ModelState("estuary", True)])
    assert loaded.of_model("estuary")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("state", "word"),
    [
        (DutyState("index"), "waiting"),
        (DutyState("index", state="given up", runs=20, word="The RPC is gone."), "The RPC is gone."),
        (DutyState("index", state="late", runs=3), "late"),
    ],
)
def test_readiness_when_a_duty_is_not_done_names_its_part(
    ledger: SqliteLedger, tmp_path: Path, state: DutyState, word: str
) -> None:
    found = readiness(lambda: ledger, tmp_path, (state, DONE[1]), None)

    assert not found.is_ready
    assert [(p.part, p.word) for p in found.parts if not p.is_ready] == [("indexer", word)]


def test_readiness_when_the_ledger_fails_is_not_ready_to_meter(tmp_path: Path) -> None:
    def gone() -> Ledger:
        raise Unavailable("The ledger cannot be written: disk full.")

    found = readiness(gone, tmp_path, DONE, None)

    first = found.parts[0]
    assert (first.part, first.is_ready) == ("metering", False) and "disk full" in first.word


def test_readiness_when_a_write_spoilt_the_ledger_is_not_ready_to_meter(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    def spoil(session: object) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR
        raise error

    with pytest.raises(IntegrityViolation):
        ledger._database.write(spoil)

    first = readiness(lambda: ledger, tmp_path, DONE, None).parts[0]
    assert (first.part, first.is_ready) == ("metering", False) and "disk I/O error" in first.word
