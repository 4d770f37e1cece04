"""Who proposes a retraining, and what a run of all that are open comes to."""

from dataclasses import replace
from pathlib import Path

import pytest

from support.ledger_records import hash_of
from support.monitoring.loop_parts import Parts, Shelf, loop_of, serve_and_hear
from tallystick.app.monitoring.retraining.proposals import RetrainingDesk, shown
from tallystick.errors import NotFound
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.ports import NewEntry

DAY = 86_400


def desk(ledger: SqliteLedger, folder: Path, parts: Parts, *, now: int, every_s: int = 0) -> RetrainingDesk:
    return RetrainingDesk(replace(loop_of(ledger, folder, parts), now=lambda: now), every_s)


def test_proposal_when_made_twice_before_it_begins_is_one(ledger: SqliteLedger, tmp_path: Path) -> None:
    made = [desk(ledger, tmp_path, Parts(), now=50).propose("person") for _ in range(2)]

    assert made[0] == made[1]
    assert (made[0].number, made[0].release, made[0].state, made[0].is_finished) == (
        1,
        "first",
        "proposed",
        False,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("days", "proposed"), [(6, 0), (7, 1), (8, 1)])
def test_schedule_when_its_days_are_over_proposes(
    ledger: SqliteLedger, tmp_path: Path, days: int, proposed: int
) -> None:
    ledger.traffic.note("first", [NewEntry("answer", hash_of("a"), 1000, "{}")])

    for _ in range(2):
        desk(ledger, tmp_path, Parts(), now=1000 + days * DAY, every_s=7 * DAY).run(None)

    assert [job.cause for job in shown(ledger)] == ["schedule"] * proposed


def test_schedule_when_off_or_without_traffic_proposes_nothing(ledger: SqliteLedger, tmp_path: Path) -> None:
    desk(ledger, tmp_path, Parts(), now=10**9, every_s=7 * DAY).run(None)
    ledger.traffic.note("first", [NewEntry("answer", hash_of("a"), 1000, "{}")])
    desk(ledger, tmp_path, Parts(), now=10**9, every_s=0).run(None)

    assert shown(ledger) == ()


@pytest.mark.slow
def test_run_when_one_waits_goes_on_with_the_others_and_says_why(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    serve_and_hear(ledger, 12)
    ledger.retrainings.propose("first", "person", 50)
    ledger.retrainings.propose("older", "person", 50)

    steps = desk(ledger, tmp_path, Parts(), now=60).run(None)

    told = [(s.retraining, s.step, s.outcome) for s in steps]
    assert told[-2:] == [(1, "watch", "waiting"), (2, "collect", "obsolete")]
    assert "too few" in steps[-2].why
    assert [job.is_finished for job in shown(ledger)] == [False, True]
    assert Shelf(tmp_path / "serving").serving() == "retrain-1"


def test_run_when_the_number_is_unknown_is_refused(ledger: SqliteLedger, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        desk(ledger, tmp_path, Parts(), now=60).run(4)
