"""The loop's side of the workshop: which line it promotes to, what it asks of the gate, and one way back only."""

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.ledger_records import NORA, hash_of
from tallystick.app.models.decisions import Decision, DecisionBook
from tallystick.app.monitoring.retraining import workshop_side
from tallystick.app.monitoring.retraining.workshop_side import WorkshopSide, name_of, release_of
from tallystick.app.workbook import Workbook
from tallystick.domain.gate import line_of


@dataclass
class Chain:
    """Which model id a line serves."""

    lines: dict[bytes, bytes] = field(default_factory=dict)

    @property
    def models(self) -> "Chain":
        return self

    def serving(self, owner: str, line: bytes) -> bytes | None:
        return self.lines.get(line)


@dataclass
class Promotions:
    """Stands where `app.models.promotion` stands; its own tests try that on real contracts."""

    side: SimpleNamespace
    acting: Chain
    signer: Any
    limit: Any = None

    def promote(self, name: str, *, line: str, **_: Any) -> None:
        self.acting.lines[line_of(line)] = self.side.book.model_id(name)
        self.side.book.note_serving(name)
        DecisionBook(self.side.book.decisions_folder).note(Decision("promoted", name, line, "better", 5, {}))

    def rollback(self, line: str, why: str) -> None:
        self.acting.lines[line_of(line)] = self.side.book.model_id("keeper")
        self.side.rolled.append((line, why))


class Judge:
    def __init__(self, workshop: Any) -> None:
        self._asked = workshop.asked

    def evaluate(self, name: str, *, against: str, **_: Any) -> SimpleNamespace:
        self._asked.append((name, against))
        decision = SimpleNamespace(passed=True, reason="gain +0.1", gain=0.1, low=0.02, margin=0.02)
        shown = SimpleNamespace(examples=21, evaluation="spring", look=1, report=hash_of("report"))
        return SimpleNamespace(decision=decision, shown=shown)


@pytest.fixture
def side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WorkshopSide:
    """keeper serves on the line estuary."""
    monkeypatch.setattr(workshop_side, "Promotions", Promotions)
    monkeypatch.setattr(workshop_side, "Judge", Judge)
    book, chain = Workbook(tmp_path), Chain()
    for name in ("keeper", "retrain-1"):
        book.note_model(
            name, {"digest": hash_of(name).hex(), "model_id": hash_of("id", name).hex(), "datasets": []}
        )
    workshop: Any = SimpleNamespace(book=book, rolled=[], asked=[])
    signer: Any = SimpleNamespace(address=NORA)
    Promotions(workshop, chain, signer).promote("keeper", line="estuary")
    desk: Any = None
    acting: Any = chain
    return WorkshopSide(workshop, desk, acting, signer, tmp_path, "default", lambda done, total: None)


def test_release_when_named_carries_the_adapter(side: WorkshopSide) -> None:
    assert side.serving() == release_of(side.book, "keeper") == f"keeper@{hash_of('keeper').hex()[:12]}"
    assert name_of(side.serving()) == "keeper"


def test_gate_when_asked_compares_with_what_serves(side: WorkshopSide) -> None:
    judged = side.judge("retrain-1", side.serving())

    assert side.workshop.asked == [("retrain-1", "keeper")]
    assert (judged.passed, judged.why, judged.facts["low"], judged.facts["evaluation"]) == (
        True,
        "gain +0.1",
        0.02,
        "spring",
    )


def test_promotion_when_made_goes_to_the_line_of_what_serves(side: WorkshopSide) -> None:
    before = side.acting.models.serving(NORA, line_of("estuary"))

    release = side.promote("retrain-1")

    assert release == side.serving() == release_of(side.book, "retrain-1")
    assert side.acting.models.serving(NORA, line_of("estuary")) != before


def test_rollback_when_asked_twice_goes_back_once(side: WorkshopSide) -> None:
    first = side.serving()
    side.promote("retrain-1")

    for _ in range(2):
        side.roll_back(first, "made up more")

    assert side.workshop.rolled == [("estuary", "made up more")]
    assert side.serving() == first


def test_rollback_when_killed_after_the_chain_went_back_does_not_go_further(side: WorkshopSide) -> None:
    first = side.serving()
    side.promote("retrain-1")
    side._promotions.rollback("estuary", "made up more")

    side.roll_back(first, "made up more")

    assert len(side.workshop.rolled) == 1
    assert side.serving() == first


def test_line_when_a_model_was_registered_at_once_is_its_own_name(side: WorkshopSide) -> None:
    side.book.note_serving("retrain-1")

    side.promote("keeper")

    assert side.acting.models.serving(NORA, line_of("retrain-1")) == hash_of("id", "keeper")
