"""The benchmark of audits: honest chunks pass, edited ones do not, and it would notice if either were otherwise."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.attributed import audits
from bench.attributed.auditing import arithmetic, rescored, shelves
from bench.attributed.auditing.market import Market
from bench.attributed.auditing.shelves import Shelves
from bench.attributed.laboratory import Laboratory
from support.tiny_chat import tiny_chat
from support.tiny_llama import tiny_adapted
from tallystick.pipeline.attribution.reference.scorer import ReferenceScorer
from tallystick.pipeline.inference.engine import Engine


def test_chunks_when_honest_reject_nothing() -> None:
    assert arithmetic.honest_chunk(3, 25) == {"checked": 25, "rejected": 0, "first": ""}
    assert shelves.honest_chunk(3, 5) == {"checked": 5, "rejected": 0, "first": ""}


def test_chunks_when_edited_miss_nothing() -> None:
    assert arithmetic.edited_chunk(3, 25) == {"tried": 25, "missed": 0}
    assert shelves.edited_chunk(3, 5) == {"tried": 5, "missed": 0}


def test_market_when_asked_again_gives_other_answers_and_the_same_by_seed() -> None:
    one, other = Market("a"), Market("a")
    first = one.answer()

    assert first == other.answer() and first != one.answer()


def test_chunk_when_an_answer_does_not_hold_counts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Market.answer
    monkeypatch.setattr(Market, "answer", lambda self: replace(honest(self), salt=bytes(32)))

    done = arithmetic.honest_chunk(3, 4)

    assert done["rejected"] == 4 and "queryCommit" in done["first"]


def test_figure_when_one_honest_answer_was_rejected_is_zero(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audits, "L0", 10_000)
    monkeypatch.setattr(audits, "L1", 500)
    monkeypatch.setattr(audits, "EDITS", 400)
    spoilt = {"checked": 100, "rejected": 1, "first": "why"}
    monkeypatch.setattr(arithmetic, "honest_chunk", lambda number, size: spoilt)
    monkeypatch.setattr(shelves, "honest_chunk", lambda number, size: {**spoilt, "rejected": 0, "first": ""})

    row = {"generation": 2.0, "attribution": 1.0, "edits": {"tried": 3, "missed": 0}, "training_paid": 1}
    check = {
        "configuration": "reference",
        "holds": True,
        "why": "",
        "seconds": [0.003] * 4,
        "largest": [0.0] * 4,
    }
    monkeypatch.setattr(audits, "_measured", lambda *_: {**row, "checks": [check]})
    found = {f.name: f for f in audits.figures(Laboratory(tmp_path / "journal.jsonl", "smoke"))}

    assert found["honest_checks_l0"].values == (0.0,) and "why" in found["honest_checks_l0"].how
    assert found["honest_checks_l1"].values[0] > 0
    assert found["share_edits_caught"].values == (1.0,) and "3 shares" in found["share_edits_caught"].how
    assert found["honest_checks_l3"].values == (1.0,)
    assert found["audit_cost_l2"].values == pytest.approx((0.001,))


@pytest.mark.slow
def test_answer_when_a_tiny_model_gave_it_passes_every_configuration_and_no_edit_does() -> None:
    model, chat, shelves = tiny_adapted(), tiny_chat(), Shelves("tiny", sets=4, records=12)
    model.config.max_position_embeddings = 4096
    engine = Engine(model, chat)
    scorer = ReferenceScorer(model, engine.encode_prompt)
    made = rescored.Office(shelves, engine, scorer, chat, *rescored.indexed(shelves, engine, chat))

    done = rescored.measured(made, 1)

    assert [c["configuration"] for c in done["checks"]] == list(rescored.CONFIGURATIONS)
    assert all(c["holds"] for c in done["checks"]), done["checks"]
    assert done["edits"]["tried"] > 0 and done["edits"]["missed"] == 0
    assert done["generation"] > 0
