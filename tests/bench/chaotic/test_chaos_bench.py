"""The journal's totals, and receipts under SIGKILL: a rig that missed a lost or a doubled one would be no rig."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import chaos
from bench.chaotic import exercised, kills
from bench.chaotic.kinds import all_kinds
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
    with exercised.nothing_but("kills"):
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
    tested = [ROOT / "scripts/bench/bars.toml"]
    return Campaign("kind", [Part("kind", 10)], tested, lambda part, seed: Outcome(part.name, seed, 1, {}))


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(chaos, "JOURNALS", tmp_path / "journals")
    monkeypatch.setattr(chaos, "TOTALS", tmp_path / "totals.jsonl")
    monkeypatch.setattr(chaos, "_git", lambda word, *_: "c0ffee\n" if word == "rev-parse" else "")
    return tmp_path


def test_totals_when_written_count_in_another_clone_once(elsewhere: Path) -> None:
    kind = campaign()
    journal = chaos.journal_of(kind)
    for seed in (0, 1, 2, 7):  # of a run that was cut short, or of two side by side
        journal.append(Outcome("kind", seed, 2, {"violations": seed // 2}, "bad" if seed == 2 else ""))
    chaos.write_totals(chaos.TOTALS, {"kind": kind}, {"kind": journal})
    shutil.rmtree(chaos.JOURNALS)

    again = chaos.journal_of(kind)
    again.append(Outcome("kind", 3, 2, {"violations": 0}))
    again.append(Outcome("kind", 7, 2, {"violations": 0}))
    (trials, violations) = list(chaos.figures(kind, chaos.journal_of(kind)))

    assert trials.values == (10,) and violations.values == (4,) and "bad" in violations.unit + violations.how


def test_totals_when_of_other_code_are_kept_and_count_for_nothing(elsewhere: Path) -> None:
    old = {"campaign": "kind", "part": "kind", "digest": "other", "commit": "e1d", "seed": 0, "chunks": 9}
    chaos.TOTALS.write_text(json.dumps(old | {"trials": 9, "counts": {}, "note": ""}) + "\n")
    journal: Journal = chaos.journal_of(campaign())
    assert journal.outcomes == []
    journal.append(Outcome("kind", 0, 1, {}))
    chaos.write_totals(chaos.TOTALS, {"kind": campaign()}, {"kind": journal})

    lines = [json.loads(line) for line in chaos.TOTALS.read_text().splitlines()]
    assert [(x["commit"], x["trials"]) for x in lines] == [("e1d", 9), ("c0ffee", 1)]


def test_totals_when_of_code_that_is_not_committed_are_refused(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chaos, "_git", lambda word, *_: " M bars.toml")
    journal = chaos.journal_of(campaign())
    journal.append(Outcome("kind", 0, 1, {}))

    with pytest.raises(SystemExit, match=r"commit these first"):
        chaos.write_totals(chaos.TOTALS, {"kind": campaign()}, {"kind": journal})


def test_digest_of_python_when_a_comment_changes_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ('"""Says."""\nA = 1  # one\n', '"""Says more."""\n\nA = 1\n', "A = 2\n")
    found = []
    for text in texts:
        monkeypatch.setattr(Path, "read_text", lambda *_, text=text, **__: text)
        found.append(exercised.digest([ROOT / "scripts/bench/chaos.py"]))

    assert found[0] == found[1] != found[2]


def test_files_of_each_kind_are_listed_and_its_rig_is_in_them() -> None:
    for kind in all_kinds().values():
        for part in kind.parts:
            names = {path.name for path in part.tested}
            assert {"crashpoints.py", "nursery.py"} <= names, part.name
