"""Index files that were cut, mixed up or written to break a reader: a typed refusal, never a wrong share."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from support.attribution.indexed_records import MadeUp, indexed, records
from tallystick.errors import IntegrityMismatch, NodeError
from tallystick.pipeline.attribution.indexing.index import (
    open_index,
    open_over,
    spans_folder,
    stored_facts,
)
from tallystick.pipeline.attribution.indexing.sections import open_sections, write_sections

Arrays = dict[str, Any]


def rewritten(path: Path, change: Callable[[dict[str, Any], Arrays], None]) -> None:
    """A sound file with another content: all its digests fit."""
    stored = open_sections(path)
    facts, arrays = dict(stored.facts), {name: np.array(a) for name, a in stored.arrays.items()}
    change(facts, arrays)
    write_sections(path, facts, arrays)


def spoilt(value: float) -> Callable[[dict[str, Any], Arrays], None]:
    def change(facts: dict[str, Any], arrays: Arrays) -> None:
        arrays["centre"][3] = value

    return change


def beyond(facts: dict[str, Any], arrays: Arrays) -> None:
    arrays["rows"]["dataset"][0] = 9


def narrow(facts: dict[str, Any], arrays: Arrays) -> None:
    facts["gradient"] = [facts["gradient"][0] // 2, 2]


def negative(facts: dict[str, Any], arrays: Arrays) -> None:
    facts["gradient"] = [-8, 2]


def swapped(facts: dict[str, Any], arrays: Arrays) -> None:
    arrays["rows"], arrays["centre"] = arrays["centre"], arrays["rows"]


def nameless(facts: dict[str, Any], arrays: Arrays) -> None:
    del arrays["centre"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        spoilt(float("nan")),
        spoilt(float("inf")),
        spoilt(-float("inf")),
        beyond,
        narrow,
        negative,
        swapped,
        nameless,
    ],
)
@pytest.mark.parametrize("reading", [stored_facts, lambda p: open_index(p, records(alice=6))])
def test_index_when_its_numbers_make_no_sense_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any], Arrays], None], reading: Callable[[Path], Any]
) -> None:
    indexed(tmp_path / "i", MadeUp(), alice=6)
    rewritten(tmp_path / "i", change)

    with pytest.raises(IntegrityMismatch):
        reading(tmp_path / "i")


def test_index_when_cut_anywhere_is_refused_or_the_same(tmp_path: Path) -> None:
    path = tmp_path / "i"
    whole = indexed(path, MadeUp(), alice=6).facts
    sound = path.read_bytes()

    for cut in range(0, len(sound), 97):
        path.write_bytes(sound[:cut])
        with pytest.raises(IntegrityMismatch):
            stored_facts(path)
    path.write_bytes(sound)
    assert stored_facts(path) == whole


def test_index_when_another_ones_file_lies_in_its_place_is_refused(tmp_path: Path) -> None:
    indexed(tmp_path / "a", MadeUp(), alice=6)
    indexed(tmp_path / "b", MadeUp(), ines=6)
    shutil.copyfile(tmp_path / "b", tmp_path / "a")

    with pytest.raises(IntegrityMismatch, match="other records"):
        open_index(tmp_path / "a", records(alice=6))
    with pytest.raises(NodeError, match="other records"):
        open_over(tmp_path / "a", [])


def test_index_when_the_spans_of_another_lie_beside_it_answers_from_its_own_texts(tmp_path: Path) -> None:
    mine = indexed(tmp_path / "a", MadeUp(), alice=6)
    indexed(tmp_path / "b", MadeUp(), ines=6)
    told = mine.members[2].text
    expected = [(s.place, s.offset, s.length) for s in mine.spans.spans(told, "")]
    for file in spans_folder(tmp_path / "a").iterdir():
        other = next(spans_folder(tmp_path / "b").glob(f"*{file.suffix}"))
        file.write_bytes(other.read_bytes())

    opened = open_index(tmp_path / "a", records(alice=6))

    assert [(s.place, s.offset, s.length) for s in opened.spans.spans(told, "")] == expected
