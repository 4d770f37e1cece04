"""The benchmark of audits: honest chunks pass, edited ones do not, and it would notice if either were otherwise."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.attributed import audits
from bench.attributed.auditing import arithmetic, shelves
from bench.attributed.auditing.market import Market
from bench.attributed.laboratory import Laboratory


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

    found = {f.name: f for f in audits.figures(Laboratory(tmp_path / "journal.jsonl", "smoke"))}

    assert found["honest_checks_l0"].values == (0.0,) and "why" in found["honest_checks_l0"].how
    assert found["honest_checks_l1"].values[0] > 0
    assert found["share_edits_caught"].values == (1.0,)
