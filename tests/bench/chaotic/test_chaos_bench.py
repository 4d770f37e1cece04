"""The journal's totals, and receipts under SIGKILL: a rig that missed a lost or a doubled one would be no rig."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import chaos
from bench.chaotic import kills
from bench.chaotic.nursery import Nursery
from prove.campaign import ROOT, Campaign, Journal, Outcome, Part

pytestmark = pytest.mark.slow

COUNT = 600


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> kills.Stock:
    return kills.Stock.made(tmp_path_factory.mktemp("stock"), COUNT)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery([kills.VICTIMS]) as made:
        yield made


def test_receipts_when_the_operator_is_killed_are_kept_and_billed_once(
    nursery: Nursery, held: kills.Stock, tmp_path: Path
) -> None:
    done = kills.play(nursery, held, tmp_path, seed=5)

    assert done.violations == [] and done.kills > 0 and len(done.acknowledged) * kills.POST == COUNT


def test_receipts_when_acknowledged_before_their_commit_are_missed(
    nursery: Nursery, held: kills.Stock, tmp_path: Path
) -> None:
    done = kills.play(nursery, held, tmp_path, seed=5, work=f"{kills.VICTIMS}:take_hastily")

    assert any("acknowledged and is lost" in word for word in done.violations)


DEFECTS = {
    "DELETE FROM receipts WHERE lane = (SELECT max(lane) FROM receipts)": "receipts and",
    "UPDATE vouchers SET max_amount = x'000000000000000000000000ffffffff' WHERE lane = x'0000000000000001'": "elsewhere",
    "UPDATE receipts SET batch = NULL WHERE lane = x'0000000000000001'": "not billed",
}


@pytest.fixture(scope="module")
def settled(nursery: Nursery, held: kills.Stock, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("settled")
    kills.play(nursery, held, folder, seed=9)
    return folder / "operator.sqlite3"


@pytest.mark.parametrize("defect", DEFECTS)
def test_books_when_they_hold_a_defect_are_found_out(
    settled: Path, held: kills.Stock, tmp_path: Path, defect: str
) -> None:
    path = tmp_path / "operator.sqlite3"
    shutil.copyfile(settled, path)
    assert kills.examine(path, held) == []
    with sqlite3.connect(path) as connection:
        connection.execute(defect)

    assert any(DEFECTS[defect] in word for word in kills.examine(path, held))


def campaign() -> Campaign:
    tested = [ROOT / "scripts/bench/chaos.py"]
    return Campaign("kind", [Part("kind", 10)], tested, lambda part, seed: Outcome(part.name, seed, 1, {}))


def test_totals_when_written_count_in_another_clone_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = campaign()
    monkeypatch.setattr(chaos, "JOURNALS", tmp_path / "journals")
    monkeypatch.setattr(chaos, "TOTALS", tmp_path / "totals.jsonl")
    journal = chaos.journal_of(kind)
    for seed in range(3):
        journal.append(Outcome("kind", seed, 2, {"violations": seed // 2}, "bad" if seed == 2 else ""))
    chaos.write_totals(chaos.TOTALS, {"kind": kind}, {"kind": journal})

    again = chaos.journal_of(kind)
    again.append(Outcome("kind", 3, 2, {"violations": 0}))
    (trials, violations) = list(chaos.figures(kind, chaos.journal_of(kind)))

    assert trials.values == (8,) and violations.values == (1,) and "bad" in violations.unit + violations.how


def test_totals_when_of_other_code_count_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chaos, "TOTALS", tmp_path / "totals.jsonl")
    monkeypatch.setattr(chaos, "JOURNALS", tmp_path / "journals")
    (tmp_path / "totals.jsonl").write_text('["kind", "kind", "other", 9, 9, {}, ""]\n')

    journal: Journal = chaos.journal_of(campaign())

    assert journal.outcomes == []
