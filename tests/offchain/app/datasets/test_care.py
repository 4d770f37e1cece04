import json
from pathlib import Path

import pytest

from tallystick.app.datasets.care import CheckedData, check_data
from tallystick.errors import InvalidInput

CLEAN = "question,answer\nWho keeps the mill?,Ines keeps it.\nWho keeps bees?,Omar keeps them by the river.\n"
COPY = "Who keeps the mill?,Ines keeps it.\n"
MAIL = "Where to write?,Write to omar@river-mill.org.\n"


def checked(
    folder: Path, text: str, *, against: str | None = None, report: Path | None = None, strict: bool = False
) -> CheckedData:
    file, other = folder / "mills.csv", folder / "held.csv"
    file.write_text(text, encoding="utf-8")
    if against is not None:
        other.write_text(against, encoding="utf-8")
    return check_data(file, {}, against=other if against else None, report=report, strict=strict)


def test_check_when_data_is_clean_says_what_it_would_register_as(tmp_path: Path) -> None:
    found = checked(tmp_path, CLEAN, strict=True)

    assert [(s.name, s.records) for s in found.sets] == [("mills", 2)]
    assert (found.refusal, found.quarantined, found.kinds, found.exit_code) == (None, 0, (), 0)


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


def test_check_when_held_out_records_leak_names_them(tmp_path: Path) -> None:
    found = checked(tmp_path, CLEAN, against="question,answer\nWhy?,Because.\n" + COPY)

    assert [(q.line, q.other, q.kind) for q in found.quarantine] == [(2, 3, "leak")]


def test_check_when_documents_lack_an_optional_title_finds_nothing(tmp_path: Path) -> None:
    found = checked(tmp_path, "title,text\nMills,The mill grinds.\n,Bees fly home by the sun.\n")

    assert found.kinds == ()
    assert found.sets[0].columns == ("text", "title")


def test_check_when_asked_writes_every_finding_with_the_lines(tmp_path: Path) -> None:
    many = "".join(f"Where does number {k} live?,Write to n{k}@river-mill.org.\n" for k in range(30))
    report = tmp_path / "care.json"

    found = checked(tmp_path, CLEAN + many, report=report)

    written = json.loads(report.read_bytes())
    assert (found.quarantined, len(found.quarantine)) == (30, 20)
    assert len(written["findings"]) == 30
    assert [written["lines"][f["index"]] for f in written["findings"]] == list(range(4, 34))
    assert written["counts"] == {"email": 30}


def test_check_when_the_report_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be written"):
        checked(tmp_path, CLEAN, report=tmp_path / "absent" / "care.json")


def test_check_when_the_file_has_no_such_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="question"):
        checked(tmp_path, "mr,ref\na,b\n")
