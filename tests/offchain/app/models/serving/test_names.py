"""Which models a node answers with."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tallystick.app.models.decisions import Decision, DecisionBook
from tallystick.app.models.serving.names import open_dishes, served_names
from tallystick.app.workbook import Workbook
from tallystick.domain.gate import Gate, line_of
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.errors import NotAuthorised

NORA = Address("0x" + "11" * 20)


def model_id(number: int) -> AssetId:
    return AssetId(bytes([number]) * 32)


class Lines:
    """Two lines on the chain: 3 has replaced 2 in "court", 1 and 4 stand in lines of their own names, 4 retired."""

    def __init__(self) -> None:
        self.held: dict[Hash, AssetId] = {line_of("one"): model_id(1), line_of("court"): model_id(3)}

    def serving(self, owner: Address, line: Hash) -> AssetId | None:
        return self.held.get(line) if owner == NORA else None

    def model(self, asset: AssetId) -> Any:
        return SimpleNamespace(gate=Gate.RETIRED if asset == model_id(4) else Gate.SERVING)


@pytest.fixture
def book(tmp_path: Path) -> Workbook:
    made = Workbook(tmp_path)
    for number, name in enumerate(("one", "two", "three", "four"), start=1):
        made.note_model(name, {"model_id": model_id(number).hex(), "terms_id": "00" * 32})
    made.note_model("draft", {"digest": "00"})
    decisions = DecisionBook(made.decisions_folder)
    for name in ("two", "three"):
        decisions.note(Decision("promoted", name, "court", "better", 1, {}))
    made.note_serving("one")
    return made


def test_served_names_when_lines_serve_are_the_default_and_each_lines_present_model(book: Workbook) -> None:
    chain: Any = SimpleNamespace(models=Lines())

    assert served_names(book, chain, NORA) == ("one", "three")
    book.note_serving("three")
    assert served_names(book, chain, NORA) == ("three", "one")


def test_open_dishes_when_another_than_the_default_fails_serves_the_rest(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def opening(name: str) -> Any:
        if name == "gone":
            raise NotAuthorised("Alice took her consent back.", "Train without it.")
        return name

    assert open_dishes(("one", "gone", "three"), opening) == ["one", "three"]
    assert "gone" in caplog.text
    with pytest.raises(NotAuthorised):
        open_dishes(("gone", "one"), opening)
