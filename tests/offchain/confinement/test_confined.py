"""A child can do its task and nothing else, and whatever becomes of it, its parent gets a plain answer or an error."""

from pathlib import Path

import pytest

from tallystick.confinement.limits import MIB, Limits
from tallystick.confinement.running import confined
from tallystick.errors import InvalidInput

PROBES = "support.keys.probes:"


def test_child_when_its_task_is_plain_answers() -> None:
    assert confined(PROBES + "add", [2, 3], of="a sum") == 5


def test_child_when_confined_reaches_nobody_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "there").touch()

    told = confined(PROBES + "deeds", [str(tmp_path)], of="a probe")

    assert set(told.values()) == {"PermissionError"}, told
    assert [p.name for p in tmp_path.iterdir()] == ["there"]


def test_child_when_started_inherits_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_KEY_PASSWORD", "correct horse")

    assert "correct horse" not in confined(PROBES + "surroundings", [], of="a probe")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("deed", "limits", "why"),
    [
        ("memory", Limits(memory=512 * MIB), "more memory or time"),
        ("loop", Limits(cpu_s=1), "more memory or time"),
        ("loop", Limits(wall_s=1), "broke on it"),
        ("shout", Limits(answer=MIB), "unpacks to too much"),
        ("crash", Limits(), "broke on it"),
        ("lie", Limits(), "broke on it"),
    ],
)
def test_child_when_it_breaks_its_limits_is_an_error_of_the_file(deed: str, limits: Limits, why: str) -> None:
    with pytest.raises(InvalidInput, match=why) as caught:
        confined(PROBES + deed, [], of="gift.xlsx", limits=limits)

    assert "gift.xlsx" in str(caught.value) and "\x1b" not in str(caught.value)
