"""A plan says what a training needs and which recipes fit; one that cannot fit is refused with them."""

from pathlib import Path

import pytest

from support.training_desk import make_base, questions
from tallystick.app.models.capacity.planning import memory_plan, require_room
from tallystick.errors import InvalidInput
from tallystick.pipeline.models.chat import chat_of
from tallystick.pipeline.training.planning import machine, overhead
from tallystick.pipeline.training.planning.estimate import plan
from tallystick.pipeline.training.planning.passes import Lengths
from tallystick.pipeline.training.recipe import load_recipe
from tallystick.pipeline.training.records import encode_records

pytestmark = pytest.mark.slow

MIB = 2**20


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("base"))


def given(monkeypatch: pytest.MonkeyPatch, *, free_mib: float, libraries_mib: float) -> None:
    monkeypatch.setattr(machine, "free_bytes", lambda device: int(free_mib * MIB))
    monkeypatch.setattr(overhead, "libraries_bytes", lambda base: int(libraries_mib * MIB))


def test_memory_plan_when_there_is_room_says_what_is_needed_and_what_fits(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, free_mib=1000, libraries_mib=400)

    made = memory_plan(base, questions(8), "lora", "cpu")

    assert made.fits and made.device == "cpu"
    assert made.parts["libraries"] == 400 < made.needed_mib < made.free_mib == 1000
    assert "lora" in made.fitting_recipes


def test_require_room_when_there_is_none_names_the_recipes_that_fit(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths = Lengths.of(encode_records(questions(8), chat_of(base), 4096))
    needs = {
        name: plan(base, load_recipe(name), lengths, "cpu", 0).peak / MIB
        for name in ("rslora", "prompt-tuning")
    }
    given(monkeypatch, free_mib=sum(needs.values()) / 2, libraries_mib=0)

    require_room(base, questions(8), load_recipe("prompt-tuning"))
    with pytest.raises(InvalidInput, match="MiB are free") as refused:
        require_room(base, questions(8), load_recipe("rslora"))
    assert "prompt-tuning" in (refused.value.hint or "")
    assert "rslora" not in (refused.value.hint or "")


def test_require_room_when_nothing_fits_says_so(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, free_mib=1, libraries_mib=400)

    with pytest.raises(InvalidInput) as refused:
        require_room(base, questions(8), load_recipe("lora"))
    assert "No packaged recipe fits" in (refused.value.hint or "")


def test_memory_plan_when_there_are_no_records_says_so(base: Path) -> None:
    with pytest.raises(InvalidInput, match="nothing to plan"):
        memory_plan(base, [], "lora", "cpu")
