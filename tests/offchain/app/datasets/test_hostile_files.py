"""Files made to harm who opens them: each is a typed error, and the reader's process is still there."""

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from tallystick.app.datasets.files import first_fields, read, read_distinct, read_unchecked
from tallystick.app.datasets.preview import preview
from tallystick.errors import InvalidInput, NodeError

GOOD = '{"question": "Which mill?", "answer": "The lower one."}\n'


def bomb_in_xlsx(path: Path) -> None:
    """500 MB of cells in half a megabyte."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("xl/worksheets/a.xml", "w") as sheet,
    ):
        for _ in range(500):
            sheet.write(bytes(10**6))


def lying_xlsx(path: Path) -> None:
    """Says that it unpacks to nothing."""
    bomb_in_xlsx(path)
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = bytes(4)
    path.write_bytes(data)


def entities_in_xlsx(path: Path) -> None:
    """The billion laughs, in a workbook."""
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    with zipfile.ZipFile(path, "w") as packed:
        for name in ("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
            packed.writestr(name, f'<!DOCTYPE x [<!ENTITY l0 "lol">{lol}]><x>&l11;</x>')


def bomb_in_parquet(path: Path) -> None:
    """A dictionary of one long text that a million rows name."""
    text = pyarrow.array(["x" * 60_000], pyarrow.string())
    column = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * 200_000, pyarrow.int32()), text)
    table = pyarrow.table(
        {"question": column.cast(pyarrow.dictionary(pyarrow.int32(), pyarrow.string())), "answer": column}
    )
    pyarrow.parquet.write_table(table, path, store_schema=False)


def damaged_parquet(path: Path) -> None:
    held = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"question": ["a"] * 50, "answer": ["b"] * 50}), held)
    data = bytearray(held.getvalue())
    data[-200:-20] = os.urandom(180)
    path.write_bytes(data)


HOSTILE: dict[str, Callable[[Path], object]] = {
    "bomb.xlsx": bomb_in_xlsx,
    "lying.xlsx": lying_xlsx,
    "entities.xlsx": entities_in_xlsx,
    "pickle.xlsx": lambda p: p.write_bytes(b"\x80\x04cos\nsystem\n"),
    "bomb.parquet": bomb_in_parquet,
    "damaged.parquet": damaged_parquet,
    "short.parquet": lambda p: p.write_bytes(b"PAR1PAR1"),
    "deep.jsonl": lambda p: p.write_text("[" * 400_000 + "\n"),
    "nan.jsonl": lambda p: p.write_text('{"question": NaN, "answer": "x"}\n'),
    "infinite.jsonl": lambda p: p.write_text('{"question": "x", "answer": -Infinity}\n'),
    "number.jsonl": lambda p: p.write_text('{"question": ' + "9" * 5000 + "}\n"),
    "twice.jsonl": lambda p: p.write_text('{"question": "a", "question": "b", "answer": "c"}\n'),
    "wide.csv": lambda p: p.write_text(",".join(f"c{n}" for n in range(200_000)) + "\n1\n"),
    "quote.csv": lambda p: p.write_text('question,answer\n"' + "x" * 10**6),
    "zero.jsonl": lambda p: p.write_bytes(bytes(10**6)),
    "device.jsonl": lambda p: p.symlink_to("/dev/zero"),
    "pipe.jsonl": lambda p: os.mkfifo(p),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_file_when_it_is_hostile_is_refused_by_name(name: str, tmp_path: Path) -> None:
    HOSTILE[name](tmp_path / name)

    with pytest.raises(NodeError) as caught:
        read(tmp_path / name)

    assert isinstance(caught.value, InvalidInput) and name in str(caught.value)


@pytest.mark.parametrize("name", sorted(HOSTILE.keys() - {"nan.jsonl", "infinite.jsonl", "wide.csv"}))
def test_file_when_it_is_hostile_is_not_shown_either(name: str, tmp_path: Path) -> None:
    """Before anybody says what its columns mean; three of them can be looked at without harm."""
    HOSTILE[name](tmp_path / name)

    with pytest.raises(InvalidInput, match=name):
        preview(tmp_path / name, 1)


def test_file_when_it_is_looked_at_shows_the_page_that_there_is(tmp_path: Path) -> None:
    file = tmp_path / "alice.jsonl"
    file.write_text("".join(GOOD.replace("lower", str(n) * 500) for n in range(23)))
    seen = preview(file, 9)

    assert (seen.rows.total, seen.rows.number, len(seen.rows.rows)) == (23, 3, 3)
    assert seen.rows.rows[0].line == 21 and seen.columns == ("question", "answer")
    assert seen.rows.rows[0].cells[1].startswith("The 20") and len(seen.rows.rows[0].cells[1]) == 401


def test_folder_when_a_link_leads_out_of_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.jsonl").write_text(GOOD)
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "alice.jsonl").write_text(GOOD)
    (folder / "bob.jsonl").symlink_to(tmp_path / "secret.jsonl")

    with pytest.raises(InvalidInput, match=r"bob\.jsonl is a link"):
        read(folder)


@pytest.mark.slow
def test_file_when_it_is_good_reads_as_it_always_did(tmp_path: Path) -> None:
    file, table = tmp_path / "alice.jsonl", tmp_path / "ines.parquet"
    file.write_text(GOOD + GOOD)
    pyarrow.parquet.write_table(pyarrow.table({"question": ["Why?"], "answer": ["So."], "at": [1.5]}), table)

    (contribution,), left_out = read_distinct(file)
    unchecked = read_unchecked(table, {})

    assert (contribution.name, contribution.bodies[0]["answer"], left_out) == ("alice", "The lower one.", 1)
    assert unchecked.rows == ({"question": "Why?", "answer": "So.", "at": 1.5},)
    assert first_fields(table) == ["question", "answer", "at"]
    assert read(table)[0].bodies == ({"question": "Why?", "answer": "So."},)
