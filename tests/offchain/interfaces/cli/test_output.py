"""Any result can be shown: as text with OPEN, as JSON with base units."""

import json
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import pytest

from tallystick.interfaces.cli.output import open_text, render_json, render_text


class Colour(IntEnum):
    RED = 1


@dataclass(frozen=True, slots=True)
class Inner:
    asset_id: bytes
    amount: int


@dataclass(frozen=True, slots=True)
class Outer:
    name: str
    fee: int
    tokens_in: int
    served_at: int
    colour: Colour
    is_final: bool
    folder: Path
    absent: str | None
    ratio: float
    inner: Inner
    rows: tuple[Inner, ...]


OUTER = Outer(
    "bob's answer",
    1_500_000,
    42,
    1_700_000_000,
    Colour.RED,
    True,
    Path("a/b"),
    None,
    0.5,
    Inner(b"\x01\x02", 7),
    (Inner(b"\xff", 1), Inner(b"\xee", 2_000_000)),
)


def test_json_when_rendered_has_hex_names_and_base_units() -> None:
    shown = json.loads(render_json(OUTER))

    assert shown["fee"] == 1_500_000
    assert shown["colour"] == "red"
    assert shown["folder"] == "a/b"
    assert shown["absent"] is None
    assert shown["inner"] == {"asset_id": "0x0102", "amount": 7}
    assert [row["amount"] for row in shown["rows"]] == [1, 2_000_000]


def test_text_when_rendered_has_open_moments_and_tables() -> None:
    lines = render_text(OUTER).splitlines()

    assert any(line.split() == ["fee", "1.500000", "OPEN"] for line in lines)
    assert any(line.split() == ["tokens_in", "42"] for line in lines)
    assert any("2023-11-14 22:13:20 UTC" in line for line in lines)
    assert any(line.split() == ["is_final", "yes"] for line in lines)
    assert any(line.split() == ["0xee", "2.000000", "OPEN"] for line in lines)


@pytest.mark.parametrize(
    ("units", "text"),
    [
        (0, "0.000000 OPEN"),
        (1, "0.000001 OPEN"),
        (-1_000_001, "-1.000001 OPEN"),
        (10**24, f"{10**18}.000000 OPEN"),
    ],
)
def test_open_text_when_given_units_has_six_decimals(units: int, text: str) -> None:
    assert open_text(units) == text


def test_json_when_given_a_sequence_or_nothing_is_one_object() -> None:
    assert json.loads(render_json((OUTER.inner,))) == {"items": [{"asset_id": "0x0102", "amount": 7}]}
    assert json.loads(render_json(None)) == {}
    assert json.loads(render_json(())) == {"items": []}


def test_text_when_empty_says_so() -> None:
    assert render_text(()) == "nothing yet"
    assert render_text(None) == ""


def test_text_when_a_stranger_writes_cannot_steer_the_terminal() -> None:
    shown = render_text({"title": "\x1b[2Jgone\rback‮"})

    assert "\x1b" not in shown
    assert "\r" not in shown
    assert "‮" not in shown


def test_text_when_rows_are_wider_than_the_terminal_shows_them_one_below_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [{"name": "alice", "fee": 2}, {"name": "omar", "fee": 3}]
    monkeypatch.setenv("COLUMNS", "12")

    assert render_text(rows).splitlines()[0] == "name  alice"
    assert render_text(rows).count("\n\n") == 1
