"""The pages of audits, over reports as the node gives them."""

from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from support.studio.visiting import Visitor, visiting
from tallystick.app.auditing.batches import AuditReport
from tallystick.app.auditing.shading import Shading, Sign
from tallystick.app.overview.paging import Page
from tallystick.app.overview.slashes import Slash
from tallystick.domain.answers.levels import PROVES, AnswerAudit, Fault, Level, LevelCheck, Sample
from tallystick.domain.ids import Address, Hash, Pot

pytestmark = pytest.mark.slow

RECEIPT = Hash(b"\x33" * 32)
WRONG = LevelCheck(
    Level.L1,
    PROVES[Level.L1],
    True,
    4,
    0.25,
    "nats",
    (Fault("span", "<said>", "found", "to nobody"),),
    "",
    0.5,
)
UNREACHED = LevelCheck(Level.L2, PROVES[Level.L2], False, 0, 0.0, "", (), "no model is here", 0.0)
ANSWER = AnswerAudit(RECEIPT, 7, Level.L2, Level.L1, False, (WRONG, UNREACHED), "audit more of them")
SHADING = Shading(
    Address("0x" + "0b" * 20), 12, "1 in 10,000", (Sign(Pot.TRAINING, "is cut", None, 9, -1200),)
)


CASE, VERA = Hash(b"\x66" * 32), Address("0x" + "0e" * 20)


class Auditing:
    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def slash(self, *, case: bytes) -> Slash:
        assert case == CASE
        return Slash(CASE, VERA, "audit", 7, "shaded", 20, 10, 6, 4, None, 1_700_000_000, 9, RECEIPT)

    def chain_batches(self, *, number: int) -> Page[Any]:
        return Page((), number, 0)

    def audit_batch(self, **told: Any) -> AuditReport:
        self.told.append(told)
        if told["sample"] is None:
            return AuditReport(told["batch_id"], "L0", 3, 4, ())
        return AuditReport(told["batch_id"], "L0", 3, 4, (), None, None, (ANSWER,), 2, SHADING)

    def audit_rewards(self, **told: Any) -> None:
        raise AssertionError("nobody asked for it")

    def audit_receipt(self, **told: Any) -> AnswerAudit:
        self.told.append(told)
        return ANSWER


@pytest.fixture
def auditing() -> Auditing:
    return Auditing()


@pytest.fixture
def visitor(auditing: Auditing, tmp_path: Path) -> Iterator[Visitor]:
    with visiting(auditing, tmp_path) as opened:
        yield opened


def report_of(visitor: Visitor, answer: Any) -> str:
    work = visitor.work_of(answer)
    while not work.is_over:
        sleep(0.01)
    assert work.state == "done", work.error
    shown = visitor.get(work.page)
    assert shown.status_code == 200
    return str(shown.text)


def test_batch_when_audited_deeper_shows_each_level_of_each_answer(
    visitor: Visitor, auditing: Auditing
) -> None:
    answer = visitor.send_form("/audit/run", what="batch", number="7", level="L2", sample="5")
    text = report_of(visitor, answer)

    assert auditing.told == [{"batch_id": 7, "sample": Sample(Level.L2, count=5)}]
    assert "said &lt;said&gt;, found found" in text and "no model is here" in text
    assert "2</span> more have no opening" in text
    assert "The training pot is cut" in text


def test_batch_when_audited_at_the_first_level_draws_nothing(visitor: Visitor, auditing: Auditing) -> None:
    text = report_of(visitor, visitor.send_form("/audit/run", what="batch", number="7"))

    assert auditing.told == [{"batch_id": 7, "sample": None}]
    assert "Nothing to object to" in text and "Answers, deeper" not in text


def test_answer_when_audited_shows_how_deep_it_reached(visitor: Visitor, auditing: Auditing) -> None:
    answer = visitor.send_form("/audit/answer", receipt="0x" + RECEIPT.hex(), level="L2")
    text = report_of(visitor, answer)

    assert auditing.told == [{"receipt_hash": RECEIPT, "openings": (), "level": Level.L2}]
    assert "Asked for L2, reached L1." in text and "not reached" in text


def test_answer_when_asked_for_by_a_visitor_is_refused(auditing: Auditing, tmp_path: Path) -> None:
    with visiting(auditing, tmp_path, is_operator=False) as visitor:
        page = visitor.get("/audit")
        refused = visitor.send_form("/audit/answer", receipt="0x" + RECEIPT.hex())

    assert "Recompute an answer" not in page.text
    assert refused.status_code == 401 and auditing.told == []


@pytest.mark.parametrize("sample", ["0", "1001"])
def test_batch_when_too_many_or_no_answers_are_drawn_is_refused(
    visitor: Visitor, auditing: Auditing, sample: str
) -> None:
    answer = visitor.send_form("/audit/run", what="batch", number="7", level="L1", sample=sample)

    assert answer.status_code == 400 and auditing.told == []


def test_case_when_somebody_was_slashed_shows_what_for_and_recomputes_it(
    visitor: Visitor, auditing: Auditing
) -> None:
    text = visitor.get(f"/audit/case/0x{CASE.hex()}").text

    assert "Batch 7" in text and "shaded" in text and VERA in text
    assert '<input type="hidden" name="what" value="batch">' in text
    assert '<input type="hidden" name="number" value="7">' in text
    assert visitor.get("/audit/case/7").status_code == 400
