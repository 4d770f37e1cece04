"""The benchmark of attribution: its parts are found and chosen, and its journal stands as long as the code does."""

from pathlib import Path

import pytest

from bench.attributed.laboratory import Laboratory, scale_of
from bench.attribution import chosen_parts, part_names


def test_parts_when_none_is_named_are_all() -> None:
    assert chosen_parts({}) == part_names()


def test_part_when_unknown_ends_the_run_with_those_there_are() -> None:
    with pytest.raises(SystemExit, match="no part 'luck'"):
        chosen_parts({"PARTS": "luck"})


def test_scale_when_unknown_ends_the_run() -> None:
    assert scale_of({}) == "full"
    with pytest.raises(SystemExit, match="smoke"):
        scale_of({"SCALE": "huge"})


def test_journal_when_other_code_measures_measures_again(tmp_path: Path) -> None:
    lab, made = Laboratory(tmp_path / "j.jsonl"), []

    def count() -> int:
        made.append(1)
        return len(made)

    first = lab.journal("scripts/bench/harness.py")
    assert [first.once({"seed": 1}, count) for _ in range(2)] == [1, 1]
    assert lab.journal("scripts/bench/reporting.py").once({"seed": 1}, count) == 2
