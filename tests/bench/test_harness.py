"""The harness can lose: figures beyond a bar, uncertain ones and absent ones all miss; only a reason excuses."""

import json
from pathlib import Path

import pytest

from bench import __main__ as command
from bench import harness
from bench.harness import Figure, Impossible, interval, judge, read_bars, table, unmeasured
from bench.reporting import write_report

BARS = {
    "gas": {"claim": {"at_most": 1.08}, "redeem": {"at_most": 1.1}},
    "speed": {"gain": {"at_least": 1.5}, "product": {"at_least": 0.9, "at_most": 1.1}},
}
KNOWN = {"speed": {"gain": {"value": 1.7, "low": 1.6, "high": 1.8, "hardware": "a GPU", "commit": "abc"}}}


def figure(name: str, *values: float) -> Figure:
    return Figure(name, values, "x", "made up")


@pytest.mark.parametrize(
    ("bench", "measured", "met"),
    [
        ("gas", figure("claim", 1.08), True),
        ("gas", figure("claim", 1.09), False),
        ("speed", figure("gain", 1.6, 1.6, 1.6), True),
        ("speed", figure("gain", 1.2, 1.6, 1.9), False),
        ("speed", figure("product", 1.05), True),
        ("speed", figure("product", 1.15), False),
        ("speed", figure("product", 0.85), False),
        ("speed", Figure("gain", (1.6,), "x", "own interval", within=(1.4, 1.8)), False),
        ("speed", figure("other", 1.0), None),
    ],
)
def test_judge_when_given_a_bar_takes_the_unfavourable_end(
    bench: str, measured: Figure, met: bool | None
) -> None:
    assert judge(bench, measured, BARS).met is met


def test_judge_when_a_machine_cannot_measure_says_why_and_what_is_committed() -> None:
    verdict = judge("speed", Impossible("gain", "x", "no CUDA device"), BARS, KNOWN)

    assert verdict.met is None and verdict.value is None and not verdict.missed
    assert (verdict.op, verdict.threshold) == (">=", 1.5)
    assert verdict.evidence == "no CUDA device; committed: 1.7 [1.6, 1.8] on a GPU at abc"


def test_judge_when_nothing_is_committed_says_so() -> None:
    verdict = judge("speed", Impossible("gain", "x", "no CUDA device"), BARS, {})

    assert "no figure is committed" in verdict.evidence


def test_judge_when_nothing_was_measured_refuses() -> None:
    with pytest.raises(ValueError, match="measured nothing"):
        judge("gas", figure("claim"), BARS)


def test_interval_when_repeated_is_the_same_and_holds_the_median() -> None:
    values = [1.0, 2.0, 3.0, 4.0, 10.0]

    low, high = interval(values)

    assert (low, high) == interval(values)
    assert low <= 3.0 <= high


def test_unmeasured_when_a_bar_has_no_figure_is_a_miss() -> None:
    (left_out,) = unmeasured("gas", [judge("gas", figure("claim", 1.0), BARS)], BARS)

    assert (left_out.name, left_out.missed, left_out.threshold) == ("redeem", True, 1.1)


def test_report_when_written_has_figures_machine_commit_and_bars(tmp_path: Path) -> None:
    verdicts = [judge("gas", figure(name, 1.0, 1.02), BARS) for name in ("claim", "beside")]
    path = write_report("gas", verdicts, tmp_path, (7, 8))

    report = json.loads(path.read_text(encoding="utf-8"))
    assert [f["evidence"] for f in report["figures"]] == ["made up"] * 2
    assert report["figures"][0]["repeats"] == 2
    assert report["seeds"]["measurements"] == [7, 8]
    assert report["hardware"]["cpus"] >= 1
    assert report["commit"]
    (bar,) = report["bars"]
    assert set(bar) == {"name", "value", "low", "high", "unit", "op", "threshold", "met", "evidence"}
    assert (bar["name"], bar["op"], bar["threshold"], bar["met"]) == ("claim", "<=", 1.08, True)


def test_table_when_printed_marks_each_verdict() -> None:
    measured = (
        figure("claim", 1.0),
        figure("redeem", 2.0),
        Impossible("late", "x", "no GPU"),
        figure("more", 3.0),
    )
    bars = {"gas": {**BARS["gas"], "late": {"at_most": 2.0}}}

    lines = list(table([judge("gas", each, bars) for each in measured]))

    assert [line.split()[0] for line in lines[1::2]] == ["ok", "MISS", "null", "more"]


def test_command_when_a_bar_is_missed_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "REPORTS", tmp_path)
    monkeypatch.setattr(command, "read_bars", lambda: BARS)
    monkeypatch.setattr("bench.gas.measure", lambda: [figure("claim", 1.0), figure("redeem", 9.0)])

    assert command.main(["gas"]) == 1
    assert "MISS redeem" in capsys.readouterr().out
    assert json.loads((tmp_path / "gas.json").read_text(encoding="utf-8"))["bars"][1]["met"] is False


def test_command_when_asked_lists_what_can_be_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([]) == 0
    assert "gas" in capsys.readouterr().out
    assert command.main(["harness"]) == 2


def test_bars_when_read_are_all_limits() -> None:
    limits = [limit for bench in read_bars().values() for bar in bench.values() for limit in bar]

    assert set(limits) == {"at_most", "at_least"}


def test_committed_figures_when_read_belong_to_bars() -> None:
    bars = read_bars()
    for bench, figures in harness.read_committed().items():
        assert set(figures) <= set(bars[bench])
        for told in figures.values():
            assert told["low"] <= told["value"] <= told["high"] and told["hardware"] and told["commit"]
