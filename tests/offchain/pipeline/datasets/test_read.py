import json
from pathlib import Path

import pytest

from tallystick.demo_data import path as demo_path
from tallystick.errors import Conflict, InvalidInput
from tallystick.pipeline.datasets.limits import Limits
from tallystick.pipeline.datasets.read import read, read_distinct

LINE = '{"question": "Who?", "answer": "Alice."}\n'


def written(folder: Path, name: str, data: bytes | str) -> Path:
    file = folder / name
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return file


def refusal(path: Path, **options: object) -> str:
    with pytest.raises(InvalidInput) as caught:
        read(path, **options)  # type: ignore[arg-type]
    return str(caught.value)


@pytest.mark.parametrize(("name", "count"), [("alice", 66), ("petra", 62)])
def test_read_when_given_the_demo_data_finds_every_record(name: str, count: int) -> None:
    (found,) = read(demo_path(name))

    assert found.name == name
    assert len(found.bodies) == count


def test_read_when_columns_are_mapped_uses_their_text(tmp_path: Path) -> None:
    file = written(
        tmp_path, "e2e.csv", 'mr,ref,extra\n"name[Alimentum], area[city]",Alimentum is in the city.,1\n'
    )

    (found,) = read(file, {"question": "mr", "answer": "ref"})

    assert found.bodies == (
        {"question": "name[Alimentum], area[city]", "answer": "Alimentum is in the city."},
    )


def test_read_when_file_names_owners_gives_each_their_records(tmp_path: Path) -> None:
    rows = 'owner,text\nalice,"one, and\nmore"\nines,two\nalice,three\n'

    found = read(written(tmp_path, "all.csv", rows))

    assert [(c.name, [b["text"] for b in c.bodies]) for c in found] == [
        ("alice", ["one, and\nmore", "three"]),
        ("ines", ["two"]),
    ]


def test_read_when_given_a_folder_gives_one_contributor_a_file(tmp_path: Path) -> None:
    written(tmp_path, "omar.jsonl", LINE)
    written(tmp_path, "alice.csv", "question,answer\nWho?,Alice.\n")
    written(tmp_path, "README.md", "not data")

    assert [c.name for c in read(tmp_path)] == ["alice", "omar"]


def test_read_when_two_files_name_one_owner_refuses(tmp_path: Path) -> None:
    written(tmp_path, "alice.jsonl", LINE)
    written(tmp_path, "alice.csv", "question,answer\nWho?,Ines.\n")

    with pytest.raises(Conflict, match="alice"):
        read(tmp_path)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_read_when_csv_has_another_separator_finds_it(tmp_path: Path, separator: str) -> None:
    file = written(tmp_path, "a.csv", f"\ufefftitle{separator}text\r\nTide{separator}It turns.\r\n")

    assert read(file)[0].bodies == ({"text": "It turns.", "title": "Tide"},)


def test_read_when_a_title_is_missing_leaves_it_out(tmp_path: Path) -> None:
    file = written(
        tmp_path, "a.jsonl", '{"text": "x", "title": "t"}\n\n{"text": "y"}\n{"text":"z","title":null}\n'
    )

    assert read(file)[0].bodies == ({"text": "x", "title": "t"}, {"text": "y"}, {"text": "z"})


def test_read_when_columns_are_unknown_says_which_were_found(tmp_path: Path) -> None:
    said = refusal(written(tmp_path, "a.csv", "mr,ref\nx,y\n"))

    assert "mr, ref" in said
    assert "--map question=mr" in said


@pytest.mark.parametrize(
    ("name", "data", "part"),
    [
        ("a.jsonl", "", "a.jsonl is empty"),
        ("a.jsonl", "\n\n", "no records"),
        ("a.csv", "question,answer\n", "no records"),
        ("a.jsonl", LINE + "{broken\n", "line 2: not JSON"),
        ("a.jsonl", LINE + "[1]\n", "line 2: not a JSON object"),
        ("a.jsonl", '{"text": "x", "text": "y"}\n', "line 1: not JSON (a name occurs twice)"),
        ("a.jsonl", "[" * 5_000 + "\n", "line 1: not JSON"),
        ("a.jsonl", LINE + '{"question": "Why?"}\n', "line 2: no answer"),
        ("a.jsonl", LINE + '{"question": "Why?", "answer": " "}\n', "line 2: answer is empty"),
        ("a.jsonl", LINE + '{"question": "Why?", "answer": 7}\n', "line 2: answer is int, not text"),
        ("a.jsonl", LINE + '{"question": "Why?", "answer": null}\n', "line 2: answer is empty"),
        ("a.jsonl", LINE.encode() + b'{"text": "\xff"}\n', "line 2: not UTF-8"),
        ("a.jsonl", LINE + '{"question": "\x00", "answer": "b"}\n', "line 2: a NUL byte"),
        ("a.jsonl", LINE + '{"question": "\\u0000", "answer": "b"}\n', "line 2: question holds a NUL"),
        ("a.jsonl", '{"text": "\\ud800"}\n', "line 1: This cannot be written as canonical JSON"),
        ("a.jsonl", '{"text": "' + "x" * 70_000 + '"}\n', "line 1: a record of 70011 bytes"),
        ("a.jsonl", '{"text": "' + "x" * 600_000 + '"}\n', "line 1: longer than"),
        ("a.jsonl", LINE + '{"question": "x", "answer": "y"}\n' + LINE, "lines 1 and 3"),
        ("a.csv", "text,text\na,b\n", "two have the same"),
        ("a.csv", "title,text\nonly one\n", "line 2: 1 fields under 2 columns"),
        ("a.csv", 'title,text\na,"b\n', "not CSV"),
        ("a.csv", "text\n" + "x" * 140_000 + "\n", "not CSV (field larger"),
        ("a.csv", "owner,text\n ,b\n", "line 2: owner is empty"),
        ("a.jsonl", b"\x1f\x8b\x08\x00", "compressed with gzip"),
        ("a.csv", b"PK\x03\x04rest", "compressed with zip"),
        ("a.csv", b"\xfd7zXZ\x00rest", "compressed with xz"),
        ("a.csv", "title".encode("utf-16"), "UTF-16"),
        ("a.csv", b"PAR1rest", "not what its name says"),
        ("a.parquet", b"question,answer", "not what its name says"),
        ("a.parquet", b"PAR1 and no more", "no sound Parquet"),
        ("a.xls", "x", "no file that can be read"),
    ],
)
def test_read_when_file_is_wrong_says_where(tmp_path: Path, name: str, data: bytes | str, part: str) -> None:
    assert part in refusal(written(tmp_path, name, data))


@pytest.mark.parametrize(
    ("mapping", "part"),
    [({"question": "mr"}, "no column 'mr'"), ({"reply": "question"}, "no column 'reply'")],
)
def test_read_when_mapping_is_wrong_says_so(tmp_path: Path, mapping: dict[str, str], part: str) -> None:
    assert part in refusal(written(tmp_path, "a.jsonl", LINE), mapping=mapping)


def test_read_when_there_is_nothing_says_so(tmp_path: Path) -> None:
    assert "no file" in refusal(tmp_path / "absent.csv")
    assert "holds no CSV" in refusal(tmp_path)


def test_read_when_limits_are_passed_refuses(tmp_path: Path) -> None:
    file = written(tmp_path, "a.jsonl", '{"text": "a"}\n{"text": "b"}\n')

    assert "28 bytes, more than 27" in refusal(file, limits=Limits(file_bytes=27))
    assert "more than 1 records" in refusal(file, limits=Limits(records=1))


def test_read_distinct_when_records_repeat_keeps_the_first_and_counts_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    path.write_text("question,answer\na,1\nb,2\na,1\na,3\n", encoding="utf-8")

    (contribution,), left_out = read_distinct(path)

    assert [b["answer"] for b in contribution.bodies] == ["1", "2", "3"] and left_out == 1


TURNS = [{"role": "user", "content": "How deep?"}, {"role": "assistant", "content": "Six \u00e9lans."}]


@pytest.mark.parametrize(
    ("line", "body"),
    [
        (
            {"instruction": "Say it.", "input": "name: Mill", "output": "A mill.", "system": ""},
            {"instruction": "Say it.", "input": "name: Mill", "output": "A mill."},
        ),
        (
            {"prompt": "The depth is ", "completion": "six."},
            {"prompt": "The depth is ", "completion": "six."},
        ),
        (
            {"messages": TURNS},
            {
                "messages": '[{"content":"How deep?","role":"user"},{"content":"Six \u00e9lans.","role":"assistant"}]'
            },
        ),
    ],
)
def test_read_when_records_have_a_training_shape_keeps_its_columns(
    tmp_path: Path, line: dict[str, object], body: dict[str, str]
) -> None:
    (contribution,) = read(written(tmp_path, "a.jsonl", json.dumps(line) + "\n"))

    assert contribution.bodies == (body,)


def test_read_when_messages_stand_as_text_in_a_table_has_the_same_record(tmp_path: Path) -> None:
    cell = '"' + json.dumps(TURNS).replace('"', '""') + '"'

    assert read(written(tmp_path, "a.csv", f"messages\n{cell}\n"))[0].bodies == (
        read(written(tmp_path, "b.jsonl", json.dumps({"messages": TURNS}) + "\n"))[0].bodies
    )


@pytest.mark.parametrize(
    ("messages", "part"),
    [
        ("not json", "it is not JSON"),
        ([], "no list of messages"),
        ([{"role": "user", "content": "Hello."}], "nobody answers"),
        ([{"role": "wizard", "content": "Hello."}], "unknown role"),
        ([{"role": "user", "content": None}], "not text"),
        ([{"role": "user", "content": "Hi.", "weight": 1}], "other fields"),
    ],
)
def test_read_when_messages_are_no_conversation_says_why(tmp_path: Path, messages: object, part: str) -> None:
    path = written(tmp_path, "a.jsonl", json.dumps({"messages": messages}) + "\n")

    assert part in refusal(path) and "line 1" in refusal(path)
