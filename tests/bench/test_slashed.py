"""The campaign of honest checks: it goes on where it stopped, counts what is there, and would tell of a slash."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scipy.special import betaincinv

from bench.attacked import slashed
from bench.attributed.auditing import arithmetic, shelves
from bench.attributed.laboratory import Laboratory
from bench.harness import Figure, Impossible

FEW = 20


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Laboratory]:
    """The two levels that need no model, few answers a part."""
    honest, sourced = arithmetic.honest_chunk, shelves.honest_chunk
    monkeypatch.setattr(arithmetic, "honest_chunk", lambda number, size: honest(number, FEW))
    monkeypatch.setattr(shelves, "honest_chunk", lambda number, size: sourced(number, 2))
    monkeypatch.setattr(slashed, "LEVELS", slashed.LEVELS[:2])
    yield Laboratory(tmp_path / "attribution.jsonl", "full")


@pytest.mark.slow
def test_campaign_when_its_time_is_over_stops_and_goes_on_where_it_was(lab: Laboratory) -> None:
    for calls, expected in ((3, (FEW, 2)), (4, (2 * FEW, 2)), (5, (2 * FEW, 4))):
        ticks = iter([0.0] * (calls) + [2.0] * 2)
        slashed.campaign(lab, 1.0, lambda ticks=ticks: next(ticks))  # type: ignore[misc]

        assert tuple(level.done(lab)[0] for level in slashed.LEVELS) == expected


def test_figures_when_nothing_was_checked_say_how_to_begin(lab: Laboratory, tmp_path: Path) -> None:
    found = list(slashed.figures(tmp_path))

    assert len(found) == 4 and all(isinstance(f, Impossible) and "SCALE=audits" in f.reason for f in found)


@pytest.mark.parametrize(("checked", "rejected"), [(200, 0), (200, 1), (1_000_000, 0), (5_000, 7)])
def test_bound_when_told_is_the_beta_quantile(checked: int, rejected: int) -> None:
    exact = betaincinv(rejected + 1, checked - rejected, 0.95)

    assert f"at most {exact:.2g} of them" in slashed.told_bound(checked, rejected)


def test_figures_when_an_honest_answer_was_rejected_tell_it_and_its_bound(
    lab: Laboratory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(number: int, size: int) -> dict[str, Any]:
        return {"checked": 100, "rejected": int(number == 1), "first": ""}

    monkeypatch.setattr(arithmetic, "honest_chunk", spoilt)
    ticks = iter([0.0] * 5 + [2.0])
    slashed.campaign(lab, 1.0, lambda: next(ticks))

    by_name = {f.name: f for f in slashed.figures(tmp_path) if isinstance(f, Figure)}

    assert by_name["honest_slashed_l0"].values == (1.0,) and by_name["honest_checked_l0"].values == (200.0,)
    assert slashed.told_bound(200, 1) in by_name["honest_slashed_l0"].how
    assert by_name["honest_slashed_l1"].values == (0.0,)
