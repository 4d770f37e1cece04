"""The harness can lose: figures beyond a bar, uncertain ones and absent ones all miss."""

import json
from pathlib import Path

import pytest

from bench.harness import Figure, interval, judge, read_bars, unmeasured, write_report

BARS = {"gas": {"claim": {"at_most": 1.08}, "redeem": {"at_most": 1.1}}, "speed": {"gain": {"at_least": 1.5}}}


def figure(name: str, *values: float) -> Figure:
    return Figure(name, values, "x", "made up")


@pytest.mark.parametrize(
    ("bench", "measured", "met"),
    [
        ("gas", figure("claim", 1.08), True),
        ("gas", figure("claim", 1.09), False),
        ("speed", figure("gain", 1.6, 1.6, 1.6), True),
        ("speed", figure("gain", 1.2, 1.6, 1.9), False),
        ("speed", figure("other", 1.0), None),
    ],
)
def test_judge_when_given_a_bar_takes_the_unfavourable_end(
    bench: str, measured: Figure, met: bool | None
) -> None:
    assert judge(bench, measured, BARS).met is met


def test_judge_when_nothing_was_measured_refuses() -> None:
    with pytest.raises(ValueError, match="measured nothing"):
        judge("gas", figure("claim"), BARS)


def test_interval_when_repeated_is_the_same_and_holds_the_median() -> None:
    values = [1.0, 2.0, 3.0, 4.0, 10.0]

    low, high = interval(values)

    assert (low, high) == interval(values)
    assert low <= 3.0 <= high


def test_unmeasured_when_a_bar_has_no_figure_names_it() -> None:
    assert unmeasured("gas", [judge("gas", figure("claim", 1.0), BARS)], BARS) == ["redeem"]


def test_report_when_written_says_how_it_was_obtained(tmp_path: Path) -> None:
    path = write_report("gas", [judge("gas", figure("claim", 1.0), BARS)], tmp_path)

    report = json.loads(path.read_text(encoding="utf-8"))
    assert report["figures"][0]["how"] == "made up"
    assert report["environment"]["cpus"] >= 1


def test_bars_when_read_are_all_limits() -> None:
    limits = [limit for bench in read_bars().values() for bar in bench.values() for limit in bar]

    assert set(limits) == {"at_most", "at_least"}
