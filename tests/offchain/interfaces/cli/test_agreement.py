"""A bond is shown before it is sent, and sent only once somebody agreed to it."""

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from support.recorder import Recorder, session_of
from tallystick.app.challenges.raising import PlannedDemand
from tallystick.domain.answers.levels import Level, Sample
from tallystick.domain.challenge import Subject
from tallystick.interfaces.cli.main import cli, run

PLAN = PlannedDemand(Subject.BATCH, 3, "receipt 5", 24_000_000_000_000, 86_400)


class Asking(Recorder):
    """Asks for the bond as the application does; says whether somebody agreed."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def answer(**arguments: Any) -> dict[str, bool] | None:
            agreed = arguments["agree"](PLAN)
            self.calls.append((name, {**arguments, "agree": agreed}))
            return {"agreed": True} if agreed else None

        return answer


@pytest.mark.parametrize(
    ("line", "call"),
    [
        (
            "challenge demand batch 3 receipt 5 --yes",
            (
                "demand_leaf",
                {"subject": Subject.BATCH, "number": 3, "kind": "receipt", "index": 5, "agree": True},
            ),
        ),
        (
            "audit batch 3 --demand --yes",
            ("audit_batch", {"batch_id": 3, "convicting": False, "agree": True, "sample": Sample(Level.L2)}),
        ),
        (
            "audit rewards 3 --convict --demand --yes",
            ("audit_rewards", {"proposal_id": 3, "convicting": True, "agree": True}),
        ),
    ],
)
def test_bond_when_agreed_to_beforehand_is_shown_all_the_same(
    line: str, call: tuple[str, dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    node = Asking()

    assert run([*line.split(), "--json"], session_of(node)) == 0

    shown = capsys.readouterr()
    assert node.calls == [call]
    assert "receipt 5 of batch 3" in shown.err and "0.000024 ETH" in shown.err and "24 h" in shown.err
    assert shown.out == '{\n  "agreed": true\n}\n'


@pytest.mark.parametrize(("typed", "agreed"), [("y\n", True), ("n\n", False)])
def test_bond_when_asked_for_is_sent_only_after_yes(typed: str, agreed: bool) -> None:
    node = Asking()

    CliRunner().invoke(
        cli, ["challenge", "demand", "batch", "3", "receipt", "5"], obj=session_of(node), input=typed
    )

    assert [arguments["agree"] for _, arguments in node.calls] == [agreed]


def test_bond_when_nobody_is_there_to_agree_says_how_to(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", open("/dev/null", encoding="utf-8"))  # noqa: SIM115
    node = Asking()

    assert run(["audit", "batch", "3", "--demand"], session_of(node)) == 2

    assert node.calls == [] and "--yes" in capsys.readouterr().err
