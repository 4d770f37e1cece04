"""`tallystick verifier`: each line of a person comes to one call of the node."""

import pytest

from support.recorder import called


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("verifier join", ("verifier_join", {})),
        ("verifier leave", ("verifier_leave", {})),
        ("verifier withdraw", ("verifier_withdraw", {})),
        ("verifier status --json", ("verifier_status", {})),
        ("verifier run --once", ("verify", {})),
        ("verifier appeal 7", ("appeal_audit", {"batch_id": 7})),
        ("audit canary commit 7", ("commit_canary", {"batch_id": 7, "file": None})),
        ("audit canary show 7", ("show_canary", {"batch_id": 7})),
    ],
)
def test_line_when_typed_calls_the_node_once(line: str, call: tuple[str, dict[str, object]]) -> None:
    assert called(line) == (0, [call], True)


def test_run_when_without_end_tells_of_each_look() -> None:
    code, calls, _ = called("verifier run --every 5")

    assert code == 0
    assert [(name, given["every_s"], callable(given["tell"])) for name, given in calls] == [
        ("keep_verifying", 5, True)
    ]
