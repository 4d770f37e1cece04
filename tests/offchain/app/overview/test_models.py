"""What this node knows of a model, from its workbook and the chain's lines."""

from pathlib import Path
from typing import Any

import pytest

from tallystick.app.models.decisions import Decision, DecisionBook
from tallystick.app.monitoring.desk import Monitored
from tallystick.app.overview.catalogue import ModelLine
from tallystick.app.overview.models import ModelShelf
from tallystick.app.workbook import Workbook
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.errors import NodeError, NotFound, Unavailable

BASE, MODEL = AssetId(b"\x01" * 32), AssetId(b"\x02" * 32)
OWNER, DIGEST = Address("0x" + "11" * 20), Hash(b"\x22" * 32)
LINES = (
    ModelLine(MODEL, OWNER, OWNER, BASE, (), DIGEST, 1, 9, DIGEST),
    ModelLine(BASE, OWNER, OWNER, None, (), DIGEST, 0, 8, DIGEST),
)
FACTS: dict[str, Any] = {
    "job": 4,
    "questions": 40,
    "before": {"rouge_l": 0.1, "exact_facts": 0.0},
    "after": {"rouge_l": 0.3, "exact_facts": 0.5},
    "interval": [0.15, 0.25],
}


def nobody() -> Any:
    raise Unavailable("No chain.", "Start one.")


def shelf_of(home: Path, chain: Any = nobody) -> ModelShelf:
    def no_tier(name: str) -> Any:
        raise NodeError("No tier.", "")

    quiet = Monitored(False, "", (), (), ())
    return ModelShelf(Workbook(home), chain, nobody, lambda: LINES, no_tier, lambda: quiet)


def test_model_when_trained_anew_keeps_its_versions_and_needs_no_chain(tmp_path: Path) -> None:
    shelf = shelf_of(tmp_path)
    shelf.book.note_trained("bells", {**FACTS, "digest": "aa" * 32})
    shelf.book.note_trained("bells", {**FACTS, "digest": "bb" * 32})
    DecisionBook(shelf.book.decisions_folder).note(Decision("refused", "bells", "bells", "worse", 7, {}))

    seen = shelf.detail("bells")

    assert seen.made == shelf.made()[0]
    assert (seen.made.state, seen.made.versions) == ("trained", ("aa" * 32,))
    assert (seen.made.before_ppm, seen.made.after_ppm, seen.made.low_ppm) == (100_000, 300_000, 150_000)
    assert (seen.line, [d.kind for d in seen.decisions]) == (None, ["refused"])


def test_model_when_its_card_cannot_be_read_is_shown_without_its_standing(tmp_path: Path) -> None:
    class Chain:
        class models:  # noqa: N801 - as the port names it
            @staticmethod
            def offers(model_id: AssetId, last: int) -> tuple[()]:
                return ()

            @staticmethod
            def model(model_id: AssetId) -> Any:
                nobody()

        @staticmethod
        def head() -> int:
            return 9

    shelf = shelf_of(tmp_path, lambda: Chain)
    shelf.book.note_trained("bells", {**FACTS, "digest": "aa" * 32, "model_id": MODEL.hex()})
    shelf.book.note_serving("bells")

    seen = shelf.detail(f"0x{MODEL.hex()}")

    assert (seen.name, seen.made and seen.made.state) == ("bells", "serving")
    assert (seen.standing, seen.trouble) == (None, "No chain.")
    assert len(seen.family.kin) == 2


def test_model_when_nobody_knows_it_is_not_found(tmp_path: Path) -> None:
    for name in ("bells", "0x" + "09" * 32):
        with pytest.raises(NotFound):
            shelf_of(tmp_path).detail(name)
