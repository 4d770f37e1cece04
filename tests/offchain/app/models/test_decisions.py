"""Decisions are kept in order with their reasons, and what is pinned for a verdict binds report, rule and lineage."""

import json
from pathlib import Path

import pytest

from tallystick.app.models.decisions import Decision, DecisionBook
from tallystick.app.models.judging import EvaluatedModel, Judged
from tallystick.app.models.promotion import evidence_of
from tallystick.domain.ids import AssetId, Hash
from tallystick.errors import InvalidInput
from tallystick.pipeline.evaluation.gate import GateRule, decide
from tallystick.pipeline.evaluation.intervals import Interval
from tallystick.pipeline.evaluation.report import EvaluationReport

REPORT = EvaluationReport(
    Hash(b"s" * 32),
    Hash(b"m" * 32),
    Hash(b"r" * 32),
    20,
    (7,),
    (11, 5000),
    {"rouge_l": Interval(0.9, 0.8, 1.0)},
)


def judged(candidate: float) -> Judged:
    decision = decide(GateRule(), [candidate] * 20, [0.3] * 20)
    shown = EvaluatedModel(
        "n", "base", "spring", 20, (7,), (), decision.passed, decision.reason, 1, REPORT.digest
    )
    return Judged(shown, decision, REPORT, Hash(b"e" * 32), 0.25)


def test_decisions_when_noted_are_read_in_order(tmp_path: Path) -> None:
    book = DecisionBook(tmp_path / "decisions")
    made = [Decision(kind, "n", "estuary", "gain +0.1", 5, {"a": "b"}) for kind in ("refused", "promoted")]

    paths = [book.note(each) for each in made]

    assert book.every() == tuple(made)
    assert [p.name for p in paths] == ["000001-refused.json", "000002-promoted.json"]


def test_decision_when_damaged_is_named(tmp_path: Path) -> None:
    (tmp_path / "000001-refused.json").write_text("{}")

    with pytest.raises(InvalidInput, match="000001-refused"):
        DecisionBook(tmp_path).every()


@pytest.mark.parametrize(("candidate", "passed"), [(0.9, True), (0.2, False)])
def test_evidence_when_pinned_holds_report_decision_and_lineage(candidate: float, passed: bool) -> None:
    one, other = AssetId(b"1" * 32), AssetId(b"2" * 32)

    body = json.loads(evidence_of(judged(candidate), one, other, 3))

    assert body["report"] == json.loads(REPORT.canonical)
    assert body["decision"]["passed"] is passed and body["decision"]["candidate"] == f"{candidate:.6f}"
    assert body["lineage"] == {"anchor_kl": "0.250000", "depth": 3}
    assert (body["model"], body["incumbent"]) == ("0x" + "31" * 32, "0x" + "32" * 32)
