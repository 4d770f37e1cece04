"""The pages of evaluation, over reports as the judge gives them."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.studio.visiting import Visitor, visiting
from tallystick.app.models.evaluation_sets import CommittedSet
from tallystick.app.models.judging import EvaluatedModel
from tallystick.app.models.quantising import QuantisationReport
from tallystick.app.overview.models import MadeModel
from tallystick.domain.ids import Hash
from tallystick.pipeline.evaluation.comparison import Figure
from tallystick.pipeline.evaluation.studies.payouts import PayoutShift
from tallystick.pipeline.evaluation.studies.quantisation import Cell

DIGEST = Hash(b"\x22" * 32)
FIGURES = (
    Figure("rouge_l", 0.5, 0.25, 0.25, 0.2, 0.3),
    Figure("exact_facts", 0.4, 0.1, 0.3, 0.3, 0.3),
    Figure("nll", 1.5, 3.0, -1.5, -1.75, -1.25),
    Figure("anchor_kl", 0.125, None, None, None, None),
)
SET = CommittedSet("held-out", DIGEST, DIGEST, 40, "rouge_l", 0.02, 0.95)


class Judging:
    """A node with two adapters; judges once it may."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.passes, self.drift, self.may = True, "", threading.Event()
        self.may.set()

    def made_models(self) -> tuple[MadeModel, ...]:
        return tuple(MadeModel(n, "trained", None, DIGEST, 1, 4, 1, 2, 0, 3, ()) for n in ("first", "second"))

    def evaluation_sets(self) -> tuple[CommittedSet, ...]:
        return (SET,)

    def dataset_names(self) -> dict[bytes, str]:
        return {DIGEST: "bells", bytes(32): "mills"}

    def commit_evaluation(self, *, file: Path | None, **told: Any) -> CommittedSet:
        self.told.append({**told, "file": file and (file.name, file.read_bytes())})
        return SET

    def evaluate_model(self, **told: Any) -> EvaluatedModel:
        assert self.may.wait(60)
        self.told.append(told)
        beside = told["against"] or "base"
        why = "gain +0.2500 <by far>"
        return EvaluatedModel(
            told["name"], beside, "held-out", 40, (7,), FIGURES, self.passes, why, 2, DIGEST, self.drift
        )

    def quantisation_of(self, **told: Any) -> QuantisationReport:
        self.told.append(told)
        cell = Cell("nf4", True, "alone", 12.5, 0.25, 0.75, 0.25, 0.5, 0.125, 0.75, 0.5, 0.875)
        return QuantisationReport(
            told["name"], told["examples"], (cell,), (PayoutShift("nf4", "alone", 8, 6, 0.01, 0.0625),)
        )


@pytest.fixture
def judging() -> Judging:
    return Judging()


@pytest.fixture
def visitor(judging: Judging, tmp_path: Path) -> Iterator[Visitor]:
    with visiting(judging, tmp_path) as opened:
        yield opened


def report_of(visitor: Visitor, answer: Any) -> str:
    work = visitor.work_of(answer)
    visitor.studio.works.close()
    assert work.state == "done"
    text: str = visitor.get(work.page).text
    return text


@pytest.mark.slow
def test_adapters_when_compared_show_scores_intervals_and_the_verdict(
    visitor: Visitor, judging: Judging
) -> None:
    begun = visitor.send_form("/evaluate/compare", name="first", against="second", evaluation="held-out")
    text = report_of(visitor, begun)

    told = {"name": "first", "against": "second", "evaluation": "held-out", "also": ()}
    assert judging.told == [told]
    assert "The gate lets it pass." in text
    assert "gain +0.2500 &lt;by far&gt;" in text
    assert "+0.2000 to +0.3000" in text
    assert "Every fact right" in text
    assert text.count('class="interval"') == 2  # a loss in nats has no place on that scale
    assert 'href="/models/first"' in text


def test_adapter_when_the_gate_refuses_it_offers_no_promotion(visitor: Visitor, judging: Judging) -> None:
    judging.passes = False

    text = report_of(visitor, visitor.send_form("/evaluate/compare", name="first"))

    assert judging.told[0]["against"] is None
    assert "The gate refuses it." in text
    assert "Promote it" not in text


def test_adapter_when_it_moved_too_far_says_so_and_offers_no_promotion(
    visitor: Visitor, judging: Judging
) -> None:
    judging.drift = "It lies 1.080 nats a token from its base."

    text = report_of(visitor, visitor.send_form("/evaluate/compare", name="first"))

    assert "It moved too far" in text and "1.080 nats" in text
    assert "Promote it" not in text


def test_report_when_it_is_not_over_is_not_there(visitor: Visitor, judging: Judging) -> None:
    judging.may.clear()
    begun = visitor.send_form("/evaluate/compare", name="first")

    assert visitor.get(visitor.work_of(begun).page).status_code == 404
    judging.may.set()


def test_quantisation_when_done_shows_quality_and_payouts(visitor: Visitor) -> None:
    text = report_of(visitor, visitor.send_form("/evaluate/quantisation", name="first", examples=8))

    assert "75.00&nbsp;%" in text
    assert "6.25&nbsp;%" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("compare", {"name": "third"}),
        ("compare", {"name": "first", "against": "first"}),
        ("quantisation", {"name": "first", "examples": 0}),
    ],
)
def test_evaluation_when_the_form_is_wrong_begins_nothing(
    visitor: Visitor, path: str, fields: dict[str, Any]
) -> None:
    assert visitor.send_form(f"/evaluate/{path}", **fields).status_code in (400, 404)
    assert visitor.studio.works.under_way() == ()


RULE = {"name": "held-out", "score": "rouge_l", "margin": 2, "confidence": 95}


def test_set_when_sealed_of_data_sets_is_committed_as_the_form_says(
    visitor: Visitor, judging: Judging
) -> None:
    form = visitor.get("/evaluate").text
    assert 'name="datasets" value="bells"' in form and "Attributes right</option>" in form

    visitor.send_form("/evaluate/seal", **RULE, share=25, datasets=["bells", "mills"])
    visitor.studio.works.close()

    rule = {"name": "held-out", "score": "rouge_l", "margin": 0.02, "confidence": 0.95}
    parts = {"datasets": ("bells", "mills"), "share": 0.25, "mapping": {}, "file": None}
    assert judging.told == [rule | parts]


def test_set_when_sealed_of_a_file_leaves_no_copy_of_it(
    visitor: Visitor, judging: Judging, tmp_path: Path
) -> None:
    begun = visitor.post(
        "/evaluate/seal",
        data={**RULE, "question": "mr"},
        files={"file": ("../held.csv", b"mr,answer\na,b\n")},
        headers={"x-csrf": visitor.csrf},
        follow_redirects=False,
    )
    visitor.studio.works.close()

    assert visitor.work_of(begun).state == "done"
    assert judging.told[0]["file"] == ("held.csv", b"mr,answer\na,b\n")
    assert judging.told[0]["mapping"] == {"question": "mr"}
    assert list(tmp_path.rglob("held.csv")) == []


@pytest.mark.slow
def test_set_when_neither_data_sets_nor_a_file_are_chosen_is_not_sealed(
    visitor: Visitor, judging: Judging
) -> None:
    assert visitor.send_form("/evaluate/seal", **RULE).status_code == 400
    assert judging.told == []


def test_evaluation_when_one_is_a_visitor_shows_sets_alone(judging: Judging, tmp_path: Path) -> None:
    with visiting(judging, tmp_path, is_operator=False) as visitor:
        text = visitor.get("/evaluate").text
        assert "held-out" in text
        assert "Judge it" not in text and "Seal it" not in text
        assert visitor.send_form("/evaluate/seal", **RULE, datasets=["bells"]).status_code == 401
        assert visitor.send_form("/evaluate/compare", name="first").status_code == 401
