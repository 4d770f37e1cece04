"""Which models a node answers with."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.factories import DOMAIN
from tallystick.app.answering.menu import Menu, ModelNotLoaded
from tallystick.app.models.decisions import Decision, DecisionBook
from tallystick.app.models.serving.names import fill, fill_patiently, refill, served_names
from tallystick.app.workbook import Workbook
from tallystick.domain.gate import Gate, line_of
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.errors import Conflict, NotAuthorised

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


def opening(name: str) -> Any:
    """A dish that has a name and no more, or why there is none."""
    if name == "gone":
        raise NotAuthorised("Alice took her consent back.", "Train without it.")
    if name == "broken":
        raise MemoryError("no room")
    return SimpleNamespace(offer=SimpleNamespace(model=name, terms=SimpleNamespace(model_id=b"")))


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


def test_fill_when_another_than_the_default_fails_serves_the_rest(
    caplog: pytest.LogCaptureFixture,
) -> None:
    menu = Menu(NORA, DOMAIN, ("one", "gone", "three"))

    fill(menu, ("one", "gone", "three"), opening)

    assert [state.model for state in menu.states() if state.is_ready] == ["one", "three"]
    assert "gone" in caplog.text
    with pytest.raises(NotAuthorised):
        fill(menu, ("gone", "one"), opening)


def test_fill_patiently_when_the_default_fails_tells_why_and_opens_the_next() -> None:
    names = ("gone", "broken", "one")
    menu = Menu(NORA, DOMAIN, names)
    with pytest.raises(ModelNotLoaded, match="still being loaded"):
        menu.dish("")

    fill_patiently(menu, names, opening)

    one, *missing = menu.states()
    assert (one.model, one.is_ready) == ("one", True)
    assert [(m.model, m.word) for m in missing] == [
        ("gone", "Alice took her consent back. Train without it."),
        ("broken", "MemoryError: no room"),
    ]
    with pytest.raises(ModelNotLoaded, match="could not be loaded"):
        menu.dish("")
    assert menu.dish("one").offer.model == "one"


def test_refill_when_lines_serve_other_models_opens_those_alone_and_lets_the_others_go() -> None:
    menu, opened = Menu(NORA, DOMAIN, ("one", "two", "gone")), list[str]()

    def noted(name: str) -> Any:
        opened.append(name)
        return opening(name)

    with pytest.raises(Conflict, match="still being loaded"):
        refill(menu, ("one",), noted, lambda offer: True)
    fill_patiently(menu, ("one", "two", "gone"), opening)

    refill(menu, ("three", "one", "gone"), noted, lambda offer: True)

    assert opened == ["three", "gone"]
    assert {state.model for state in menu.states() if state.is_ready} == {"one", "three"}
    assert menu.dish("").offer.model == "three"
    refill(menu, ("three", "one"), noted, lambda offer: offer.model != "one")  # its price was changed
    assert opened[2:] == ["one"]
    refill(menu, (), noted, lambda offer: True)
    assert menu.states() == ()
