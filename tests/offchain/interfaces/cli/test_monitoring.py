"""The commands about monitors, feedback and retraining ask the node for exactly what was typed."""

from typing import Any

import pytest

from support.recorder import called

RECEIPT = "0x" + "ab" * 32


@pytest.mark.parametrize(
    ("line", "verb", "arguments"),
    [
        ("monitor list", "monitors", {}),
        ("monitor show 3", "alarm", {"number": 3}),
        ("monitor acknowledge 3 --why seen", "acknowledge_alarm", {"number": 3, "why": "seen"}),
        ("monitor run", "run_monitors", {}),
        ("retrain propose", "propose_retraining", {}),
        ("retrain run", "run_retraining", {"number": None}),
        ("retrain run 2", "run_retraining", {"number": 2}),
        ("retrain show", "retrainings", {"number": None}),
        (
            f"feedback {RECEIPT} --bad --correction 1788 --may-train",
            "give_feedback",
            {"receipt_hash": b"\xab" * 32, "is_good": False, "correction": "1788", "may_train": True},
        ),
        (
            f"feedback {RECEIPT} --good",
            "give_feedback",
            {"receipt_hash": b"\xab" * 32, "is_good": True, "correction": None, "may_train": False},
        ),
    ],
)
def test_command_when_typed_asks_the_node(line: str, verb: str, arguments: dict[str, Any]) -> None:
    code, calls, is_closed = called(line)

    assert (code, calls, is_closed) == (0, [(verb, arguments)], True)


@pytest.mark.parametrize(
    "line",
    [
        f"feedback {RECEIPT}",
        "feedback 0x12 --good",
        "monitor acknowledge 3",
        "monitor show 0",
        "retrain run x",
    ],
)
def test_command_when_incomplete_asks_nothing(line: str) -> None:
    code, calls, _ = called(line)

    assert (code, calls) == (2, [])
