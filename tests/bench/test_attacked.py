"""The red team's page: its curves say what the rules say, and the page holds what was measured."""

import json
from pathlib import Path

import pytest

from bench.attacked import curves, page
from bench.harness import Figure


def test_clones_when_counted_take_nothing_by_the_bar_and_nearly_all_else() -> None:
    found = curves.clones()

    assert max(found["ours"]) == 0
    assert found["proportional"][-1] > 0.99 and found["shapley"][-1] > 0.99
    assert found["banzhaf"][-1] < 0.05


def test_profit_when_the_bond_is_the_closed_forms_is_never_positive() -> None:
    rates = [10**-n for n in range(6)]
    (short, enough) = curves.profit(rates, [0.01, 0.42 / 12], samples=12, gain=0.42)

    assert max(enough) <= 0 < max(short)


def test_detection_when_more_is_shaded_comes_sooner() -> None:
    found = curves.detection((1_000, 20_000), runs=3)

    assert max(found[20_000]) < min(found[1_000])
    assert found[1_000] == sorted(found[1_000])


def test_lorenz_when_drawn_runs_from_nothing_to_all_and_ours_is_nearest() -> None:
    found = curves.lorenz(owners=40, answers=60)
    area = {name: sum(parts) / len(parts) for name, parts in found.items()}

    assert all(parts[0] == 0 and parts[-1] == pytest.approx(1) for parts in found.values())
    assert area["contribution"] <= area["ours"] < area["proportional"] < area["emission"]


def test_flow_when_added_up_is_the_whole_fee() -> None:
    assert sum(paid + null for paid, null in curves.flow().values()) == pytest.approx(1)


def test_kept_when_a_journal_has_a_torn_line_reads_the_others(tmp_path: Path) -> None:
    journal = tmp_path / "population.jsonl"
    key = json.dumps({"is_naive": False, "attackers": 0.3, "seed": 1})
    journal.write_text(json.dumps({"key": key, "result": {"worst": 0.9}}) + '\n{"key": "', encoding="utf-8")

    assert curves.kept(journal) == {"ours": {0.3: (0.9, 0.9, 0.9)}}
    assert curves.kept(tmp_path / "none") == {}


@pytest.mark.slow
def test_page_when_a_bar_is_missed_says_so(tmp_path: Path) -> None:
    figures = [Figure("wash_breaking", (0.0,), "plays", ""), Figure("lazy_breaking", (3.0,), "plays", "")]

    told = page.write(figures, tmp_path).read_text(encoding="utf-8")

    assert told.count("<svg") == 6 and "<script" not in told
    assert told.index("wash_breaking") < told.index(">missed<") and "lazy_breaking" in told
