"""Parts of the benchmark of quality: the carving of data, the journal that goes on, skipping without data, plots."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench import quality
from bench.harness import Figure, Impossible, read_bars
from bench.judged import plots, restaurants_data, scale
from bench.judged.cycles import kind_of, tasks
from bench.judged.gating import damaged
from bench.judged.journal import Journal, code_digest
from bench.judged.restaurants_data import by_list, read
from support.tiny_llama import tiny_llama


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    foods = ("Thai", "Greek", "Roman")
    rows = [f'"name[N{k}], food[{foods[k % 3]}]",Text {j} of {k}.' for k in range(60) for j in range(3)]
    for name, part in (("train.csv", rows[:150]), ("valid.csv", rows[150:])):
        (tmp_path / name).write_text("\n".join(["mr,ref", *part]) + "\n", encoding="utf-8")
    return tmp_path


def test_read_when_carved_has_no_attribute_list_in_two_parts(folder: Path) -> None:
    data = read(folder)

    lists = [{mr for mr, _ in part} for part in (data.train, data.validation, data.test)]
    assert all(lists) and sum(map(len, lists)) == len(set().union(*lists)) == 60
    assert len(data.train) + len(data.validation) == 150 and read(folder) == data


def test_by_list_when_asked_gives_whole_lists_and_the_same_ones_again(folder: Path) -> None:
    test = read(folder).test

    few, more = by_list(test, 2), by_list(test, 4)

    assert len(few) == 6 and set(few) < set(more) and len({mr for mr, _ in more}) == 4


def test_tasks_when_the_data_has_few_foods_are_those_with_records_to_learn_and_to_be_tested_by() -> None:
    def pairs(*told: str) -> tuple[tuple[str, str], ...]:
        return tuple((f"name[A], {each}", "Text.") for each in told)

    often, seldom, untested = "food[Thai], area[riverside]", "food[Greek]", "food[Roman]"
    data = restaurants_data.Data(
        pairs(seldom, often, untested, often, "near[B]"), (), pairs(seldom, "near[B]", often)
    )

    assert tasks(data) == [("Thai", "riverside"), ("", ""), ("Greek", "")]
    assert kind_of(pairs("area[city centre]")[0]) == ("", "city centre")


def test_journal_when_a_run_goes_on_measures_only_what_is_new(tmp_path: Path) -> None:
    told: list[str] = []

    def measure(name: str) -> Any:
        told.append(name)
        return [name, 0.5]

    for journal in (Journal(tmp_path / "j.jsonl", "c1"), Journal(tmp_path / "j.jsonl", "c1")):
        assert journal.once({"part": "a"}, lambda: measure("a")) == ["a", 0.5]
    with (tmp_path / "j.jsonl").open("a") as cut:
        cut.write('{"key": "half')
    assert Journal(tmp_path / "j.jsonl", "c2").once({"part": "a"}, lambda: measure("b")) == ["b", 0.5]

    assert told == ["a", "b"]
    assert json.loads((tmp_path / "j.jsonl").read_text().splitlines()[0])["result"] == ["a", 0.5]


def test_code_digest_when_a_source_changes_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.judged.journal.ROOT", tmp_path)
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "a.py").write_text("1")
    first = code_digest(("part",))

    (tmp_path / "part" / "a.py").write_text("2")

    assert code_digest(("part",)) != first and code_digest(("part/a.py",))


def test_measure_when_there_is_no_data_leaves_every_bar_open_and_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATA", str(tmp_path))

    assert restaurants_data.find() is None
    assert quality.measure() == [Impossible(name, "", quality.NO_DATA) for name in read_bars()["quality"]]


def test_scale_when_unknown_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALE", "huge")

    with pytest.raises(SystemExit, match="smoke, default, full"):
        scale.chosen()


def test_damaged_when_called_changes_lora_matrices_alone() -> None:
    from peft import LoraConfig, get_peft_model

    model = get_peft_model(tiny_llama(), LoraConfig(r=2, target_modules=["q_proj"], task_type="CAUSAL_LM"))
    before = {name: weight.clone() for name, weight in model.named_parameters()}

    damaged(model, 1, 1.0)

    changed = {name for name, weight in model.named_parameters() if not weight.equal(before[name])}
    assert changed and all("lora_A" in name for name in changed)  # a fresh B is nothing, and so is its noise


@pytest.mark.slow
def test_draw_when_matplotlib_is_there_or_not_says_what_it_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = [Figure(f"rouge_2_{m}", (0.3, 0.4), "F", "") for m in ("lora", "qlora", "p_tuning_v2")]
    figures += [Figure(f"noise_typos_{r:g}", (0.3 - r / 10,), "F", "") for r in (0.1, 0.5)]

    made = plots.draw(figures, tmp_path)

    if made:
        assert {p.name for p in made} == {"quality_methods.png", "quality_noise.png"}
        assert all(p.read_bytes().startswith(b"\x89PNG") for p in made)
    else:
        assert "matplotlib is not installed" in capsys.readouterr().out
