import json
from pathlib import Path
from typing import Any

import pytest

from tallystick.app.datasets.care import CareOptions, CheckedData, check_data
from tallystick.errors import Conflict, InvalidInput

CLEAN = "question,answer\nWho keeps the mill?,Ines keeps it.\nWho keeps bees?,Omar keeps them by the river.\n"
COPY = "Who keeps the mill?,Ines keeps it.\n"
MAIL = "Where to write?,Write to omar@river-mill.org.\n"


def checked(folder: Path, text: str, **options: Any) -> CheckedData:
    file = folder / "mills.csv"
    file.write_text(text, encoding="utf-8")
    return check_data(file, {}, CareOptions(**options))


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_check_when_data_is_clean_says_what_it_would_register_as(tmp_path: Path) -> None:
    found = checked(tmp_path, CLEAN, strict=True)

    assert [(s.name, s.records) for s in found.sets] == [("mills", 2)]
    assert (found.refusal, found.quarantined, found.kinds, found.exit_code) == (None, 0, (), 0)


@pytest.mark.slow
def test_check_when_a_record_needs_care_names_its_line_and_fails_only_when_strict(tmp_path: Path) -> None:
    found = checked(tmp_path, CLEAN + MAIL)

    assert [(q.line, q.column, q.kind) for q in found.quarantine] == [(4, "answer", "email")]
    assert [(k.kind, k.severity.value, k.records) for k in found.kinds] == [("email", "quarantine", 1)]
    assert found.exit_code == 0
    assert checked(tmp_path, CLEAN + MAIL, strict=True).exit_code == 2


def test_check_when_registration_would_refuse_says_why_beside_what_care_found(tmp_path: Path) -> None:
    found = checked(tmp_path, CLEAN + COPY + "Who?,\n")

    assert found.sets == ()
    assert found.refusal is not None
    assert "mills.csv" in found.refusal
    assert [(q.line, q.other, q.kind) for q in found.quarantine] == [(4, 2, "copy"), (5, None, "empty")]
    assert found.exit_code == 2


@pytest.mark.slow
def test_check_when_held_out_records_leak_names_them(tmp_path: Path) -> None:
    held_out = written(tmp_path, "held.csv", "question,answer\nWhy?,Because.\n" + COPY)

    found = checked(tmp_path, CLEAN, against=held_out)

    assert [(q.line, q.other, q.kind) for q in found.quarantine] == [(2, 3, "leak")]


def test_check_when_documents_lack_an_optional_title_finds_nothing(tmp_path: Path) -> None:
    found = checked(tmp_path, "title,text\nMills,The mill grinds.\n,Bees fly home by the sun.\n")

    assert found.kinds == ()
    assert found.sets[0].columns == ("text", "title")


def test_check_when_asked_writes_every_finding_with_the_lines(tmp_path: Path) -> None:
    many = "".join(f"Where does number {k} live?,Write to n{k}@river-mill.org.\n" for k in range(30))
    report = tmp_path / "care.json"

    found = checked(tmp_path, CLEAN + many, report=report)

    told = json.loads(report.read_bytes())
    assert (found.quarantined, len(found.quarantine)) == (30, 20)
    assert len(told["findings"]) == 30
    assert [told["lines"][f["index"]] for f in told["findings"]] == list(range(4, 34))
    assert told["counts"] == {"email": 30}


def test_check_when_the_report_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be written"):
        checked(tmp_path, CLEAN, report=tmp_path / "absent" / "care.json")


def test_check_when_the_file_has_no_such_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="question"):
        checked(tmp_path, "mr,ref\na,b\n")


def test_check_when_split_puts_every_row_in_one_of_two_files(tmp_path: Path) -> None:
    rows = "owner,question,answer,note\nines,Who?,Ines.,a\nomar,Where?,omar@river-mill.org,b\nomar,Why?,,c\n"

    checked(tmp_path, rows, split=tmp_path / "parts")

    kept, aside = (
        [json.loads(line) for line in (tmp_path / "parts" / name).read_text().splitlines()]
        for name in ("kept.jsonl", "quarantine.jsonl")
    )
    assert kept == [{"owner": "ines", "question": "Who?", "answer": "Ines.", "note": "a"}]
    assert [(a["line"], a["row"]["note"], [r["kind"] for r in a["reasons"]]) for a in aside] == [
        (3, "b", ["email"]),
        (4, "c", ["empty"]),
    ]
    with pytest.raises(Conflict):
        checked(tmp_path, rows, split=tmp_path / "parts")


def test_check_when_rules_are_given_goes_by_them(tmp_path: Path) -> None:
    rules = written(tmp_path, "care.toml", 'flagged = ["email"]\ntoxic_terms = ["river"]\n')

    found = checked(tmp_path, CLEAN + MAIL, rules=rules)

    assert [(k.kind, k.severity.value) for k in found.kinds] == [("email", "flag"), ("toxic", "quarantine")]


@pytest.mark.slow
@pytest.mark.parametrize("text", ["similarity = 2", "speed = 1", "similarity ="])
def test_check_when_rules_are_wrong_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput):
        checked(tmp_path, CLEAN, rules=written(tmp_path, "care.toml", text))
