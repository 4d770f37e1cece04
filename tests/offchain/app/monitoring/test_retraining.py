"""The loop from a proposal to a kept, rejected or rolled-back release, with a record of why at each step."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench.monitored.traffic import FAILURES, Traffic
from support.ledger_records import hash_of
from support.monitoring.loop_parts import YEARS, Parts, Shelf, loop_of, serve_and_hear
from support.monitoring.watched import REFERENCE, note_all
from tallystick.app.monitoring.encoding import Progress, progress_text
from tallystick.app.monitoring.feedback import take_feedback
from tallystick.app.monitoring.retraining.loop import Judged
from tallystick.app.monitoring.run import run_monitors
from tallystick.errors import Conflict, InvalidInput, Unavailable
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.ports import Feedback, NewAlarm, StoredWatch

pytestmark = pytest.mark.slow

ALARM = NewAlarm("unsupported-claims", "sparse", 3, 9, 5, 1, 2, 3, hash_of("evidence"))
WATCH = StoredWatch("first", 3, progress_text(Progress((), b"", 0)))


def outcomes(ledger: SqliteLedger, number: int = 1) -> list[tuple[str, str]]:
    return [(s.step, s.outcome) for s in ledger.retrainings.steps(number)]


def facts(ledger: SqliteLedger, step: str) -> dict[str, object]:
    found = next(s for s in ledger.retrainings.steps(1) if s.step == step)
    return dict(json.loads(found.facts))


def test_loop_when_the_gate_passes_promotes_and_waits_for_traffic(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    serve_and_hear(ledger, 12)
    number = ledger.retrainings.propose("first", "person", 50).number

    with pytest.raises(Conflict, match="too few"):
        loop_of(ledger, tmp_path, Parts()).run(number)

    assert outcomes(ledger) == [
        ("collect", "collected"),
        ("train", "trained"),
        ("judge", "passed"),
        ("promote", "promoted"),
    ]
    assert Shelf(tmp_path / "serving").serving() == "retrain-1"
    assert facts(ledger, "train")["time_to_target_s"] == 60
    assert facts(ledger, "train")["cycle_s"] == 50
    assert facts(ledger, "collect")["kept"] == 12


def test_loop_when_run_again_does_no_step_twice(ledger: SqliteLedger, tmp_path: Path) -> None:
    serve_and_hear(ledger, 12)
    parts, number = Parts(), ledger.retrainings.propose("first", "person", 50).number

    for _ in range(3):
        with pytest.raises(Conflict):
            loop_of(ledger, tmp_path, parts).run(number)

    assert parts.trained == {"retrain-1": 1}
    assert len(outcomes(ledger)) == 4


def test_loop_when_the_gate_rejects_leaves_what_serves(ledger: SqliteLedger, tmp_path: Path) -> None:
    serve_and_hear(ledger, 12)
    ledger.retrainings.propose("first", "person", 50)

    loop_of(ledger, tmp_path, Parts(passes=False)).run(1)

    assert outcomes(ledger)[-1] == ("judge", "rejected")
    assert Shelf(tmp_path / "serving").serving() == "first"


def test_loop_when_nobody_consents_has_nothing_to_learn(ledger: SqliteLedger, tmp_path: Path) -> None:
    serve_and_hear(ledger, 12, may_train=False)
    ledger.retrainings.propose("first", "person", 50)
    parts = Parts()

    loop_of(ledger, tmp_path, parts).run(1)

    assert outcomes(ledger) == [("collect", "nothing")]
    assert facts(ledger, "collect")["without_consent"] == 12
    assert parts.trained == {}


def test_loop_when_records_are_faulty_sets_them_aside_with_reasons(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    heard = serve_and_hear(ledger, 14)
    for receipt, text in zip(
        heard, ("Write to omar.haddad@mail.ravelsund.se.", YEARS[5], "\0"), strict=False
    ):
        take_feedback(ledger, Feedback(receipt, False, True, text, 7))
    sealed = ({"question": "The mill of Orm was built when, in?", "answer": YEARS[1]},)
    ledger.retrainings.propose("first", "person", 50)
    parts = Parts(sealed=sealed)

    with pytest.raises(Conflict):
        loop_of(ledger, tmp_path, parts).run(1)

    learnt = {body["answer"] for body in parts.learnt[0].records}
    rows = [json.loads(line) for line in (tmp_path / "1" / "quarantine.jsonl").read_text().splitlines()]
    by_receipt = {row["receipt"]: " ".join(row["reasons"]) for row in rows}
    assert "email" in by_receipt[heard[0].hex()]
    assert heard[2].hex() in by_receipt
    assert not learnt & {"Write to omar.haddad@mail.ravelsund.se.", "\0"}
    assert all("omar" not in reason for reason in by_receipt.values())
    assert facts(ledger, "collect")["quarantined"] == len(rows)


def test_loop_when_a_record_is_held_out_does_not_learn_it(ledger: SqliteLedger, tmp_path: Path) -> None:
    serve_and_hear(ledger, 12)
    question = json.loads(ledger.receipts.opening(hash_of("served", 4)).messages_json)[0]["content"]
    ledger.retrainings.propose("first", "person", 50)
    parts = Parts(sealed=({"question": question, "answer": YEARS[4]},))

    with pytest.raises(Conflict):
        loop_of(ledger, tmp_path, parts).run(1)

    assert YEARS[4] not in {body["answer"] for body in parts.learnt[0].records}
    assert len(parts.learnt[0].records) == 11


def test_loop_when_consent_is_taken_back_before_training_stops(ledger: SqliteLedger, tmp_path: Path) -> None:
    heard = serve_and_hear(ledger, 12)
    ledger.retrainings.propose("first", "person", 50)
    parts = Parts(fails=Unavailable("No memory is free."))
    with pytest.raises(Unavailable):
        loop_of(ledger, tmp_path, parts).run(1)
    take_feedback(ledger, Feedback(heard[3], False, False, None, 60))

    loop_of(ledger, tmp_path, Parts()).run(1)

    assert outcomes(ledger) == [("collect", "collected"), ("train", "withdrawn")]
    assert not (tmp_path / "1" / "material.jsonl").exists()


def test_loop_when_training_cannot_be_done_ends_with_the_reason(ledger: SqliteLedger, tmp_path: Path) -> None:
    serve_and_hear(ledger, 12)
    ledger.retrainings.propose("first", "person", 50)

    loop_of(ledger, tmp_path, Parts(fails=InvalidInput("The recipe has no rank."))).run(1)

    assert outcomes(ledger)[-1] == ("train", "failed")
    assert "no rank" in ledger.retrainings.steps(1)[-1].why


def test_loop_when_material_was_changed_refuses_it(ledger: SqliteLedger, tmp_path: Path) -> None:
    serve_and_hear(ledger, 12)
    ledger.retrainings.propose("first", "person", 50)
    with pytest.raises(Unavailable):
        loop_of(ledger, tmp_path, Parts(fails=Unavailable("No memory is free."))).run(1)
    (tmp_path / "1" / "material.jsonl").write_text("{}")

    with pytest.raises(InvalidInput, match="was changed"):
        loop_of(ledger, tmp_path, Parts()).run(1)


def test_loop_when_another_release_serves_is_obsolete(ledger: SqliteLedger, tmp_path: Path) -> None:
    ledger.retrainings.propose("older", "schedule", 50)

    loop_of(ledger, tmp_path, Parts()).run(1)

    assert outcomes(ledger) == [("collect", "obsolete")]


def test_loop_when_its_alarms_are_answered_acknowledges_them(ledger: SqliteLedger, tmp_path: Path) -> None:
    serve_and_hear(ledger, 12)
    ledger.traffic.advance(0, WATCH, [ALARM], 20)

    with pytest.raises(Conflict, match="too few"):
        loop_of(ledger, tmp_path, Parts()).run(1)

    given = ledger.alarms.get(1).acknowledgement
    assert given is not None
    assert (given.by_whom, outcomes(ledger)[-1]) == ("retraining loop", ("promote", "promoted"))
    assert "passed its gate" in given.why


def test_loop_when_the_promotion_is_refused_leaves_its_alarms_open(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    serve_and_hear(ledger, 12)
    ledger.traffic.advance(0, WATCH, [ALARM], 20)
    shelf = Shelf(tmp_path / "serving", refuses="It has moved too far.")

    replace(loop_of(ledger, tmp_path, Parts()), releases=shelf).run(1)

    assert outcomes(ledger)[-1] == ("promote", "rejected")
    assert ledger.alarms.get(1).acknowledgement is None


def test_loop_when_the_gate_cannot_judge_ends_with_the_reason(ledger: SqliteLedger, tmp_path: Path) -> None:
    class Unable(Parts):
        def judge(self, candidate: str, serving: str) -> Judged:
            raise InvalidInput("These are too few examples to judge on.")

    serve_and_hear(ledger, 12)
    ledger.retrainings.propose("first", "person", 50)

    loop_of(ledger, tmp_path, Unable()).run(1)

    assert outcomes(ledger)[-1] == ("judge", "failed")
    assert "too few examples" in ledger.retrainings.steps(1)[-1].why


def test_loop_when_a_person_decides_waits_for_the_acknowledgement(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    serve_and_hear(ledger, 12)
    ledger.traffic.advance(0, WATCH, [ALARM], 20)

    with pytest.raises(Conflict, match="paused"):
        loop_of(ledger, tmp_path, Parts(), by_loop=False).run(1)

    assert outcomes(ledger)[-1] == ("judge", "passed")
    assert ledger.alarms.get(1).acknowledgement is None


def test_loop_when_an_alarm_of_another_cause_is_open_waits(ledger: SqliteLedger, tmp_path: Path) -> None:
    serve_and_hear(ledger, 12)
    ledger.retrainings.propose("first", "schedule", 20)
    with pytest.raises(Unavailable):
        loop_of(ledger, tmp_path, Parts(fails=Unavailable("busy"))).run(1)
    ledger.traffic.advance(0, WATCH, [ALARM], 20)

    with pytest.raises(Conflict, match="paused"):
        loop_of(ledger, tmp_path, Parts()).run(1)

    assert Shelf(tmp_path / "serving").serving() == "first"


@pytest.mark.parametrize(("failure", "last"), [(None, "kept"), ("unsupported-claims", "rolled back")])
def test_release_when_served_is_kept_or_rolled_back(
    ledger: SqliteLedger, tmp_path: Path, failure: str | None, last: str
) -> None:
    note_all(ledger, "first", Traffic(91_000).take(REFERENCE))
    run_monitors(ledger, "first", 40)
    serve_and_hear(ledger, 12)
    ledger.retrainings.propose("first", "person", 50)
    with pytest.raises(Conflict):
        loop_of(ledger, tmp_path, Parts()).run(1)
    after = Traffic(92_000)
    if failure:
        after.world = FAILURES[failure]
    note_all(ledger, "retrain-1", after.take(300))

    loop_of(ledger, tmp_path, Parts()).run(1)

    assert outcomes(ledger)[-1] == ("watch", last)
    assert Shelf(tmp_path / "serving").serving() == ("first" if failure else "retrain-1")
