"""Training: it learns, it repeats, and a recipe that is wrong is refused."""

from pathlib import Path
from typing import Any

import pytest
import torch

from offchain.pipeline.conftest import PAIRS, train_small
from tallystick.errors import InvalidInput, NotFound
from tallystick.pipeline.models.halves import Halves
from tallystick.pipeline.models.loading import load_base
from tallystick.pipeline.training import loop
from tallystick.pipeline.training.loop import (
    MOST_TOKENS,
    Example,
    Frozen,
    Trained,
    answer_loss,
    examples_of,
    packed,
    shared_start,
)
from tallystick.pipeline.training.recipe import load_recipe


@pytest.mark.ml
def test_train_when_run_lowers_the_loss(trained: Trained) -> None:
    assert trained.losses[-1] < trained.losses[0] * 0.7


@pytest.mark.ml
def test_train_when_repeated_gives_the_same_bits(trained: Trained, base_folder: Path) -> None:
    again = train_small(base_folder)

    first = [p for n, p in trained.model.named_parameters() if "lora_" in n]
    second = [p for n, p in again.model.named_parameters() if "lora_" in n]
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert again.losses == trained.losses


def test_packed_when_examples_are_long_bounds_each_row_and_keeps_all_in_order() -> None:
    minibatch = [Example([0] * n, 1) for n in (900, 900, 900, MOST_TOKENS, 10, 10)]

    groups = packed(minibatch)

    assert [[len(e.ids) for e in g] for g in groups] == [[900, 900], [900], [MOST_TOKENS], [10, 10]]


@pytest.mark.ml
def test_answer_loss_when_a_minibatch_takes_several_rows_is_the_same(
    base_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, chat = load_base(base_folder)
    examples = examples_of(PAIRS, chat)
    frozen = Frozen(Halves(model, 27), shared_start(examples))
    whole = answer_loss(frozen, examples)
    monkeypatch.setattr(loop, "MOST_TOKENS", 100)

    assert len(packed(examples)) > 1
    assert torch.allclose(answer_loss(frozen, examples), whole, rtol=1e-4)


@pytest.mark.ml
def test_examples_of_when_a_record_is_too_long_says_which(chat: Any) -> None:
    pairs = [("How deep is it?", "Six."), ("How deep is it?", "deep " * MOST_TOKENS)]

    with pytest.raises(InvalidInput, match="Record 1 has"):
        examples_of(pairs, chat)


@pytest.mark.ml
def test_train_when_progress_raises_stops(base_folder: Path) -> None:
    seen: list[int] = []

    def stop(step: int, *_: float) -> None:
        seen.append(step)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_small(base_folder, stop)
    assert seen == [1]


def test_load_recipe_when_packaged_is_valid() -> None:
    assert load_recipe("default").method == "qlora"


@pytest.mark.parametrize(
    "text",
    [
        "rank = 0",
        "speed = 3",
        "rank = ",
        'method = "magic"',
        "learning_rate = 2.0",
        "rank = true",
        'learning_rate = "0.1"',
        "rewordings = 9",
        "targets = [1]",
        "warmup = nan",
    ],
)
def test_load_recipe_when_wrong_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(text)

    with pytest.raises(InvalidInput):
        load_recipe(str(path))


def test_load_recipe_when_unknown_says_so() -> None:
    with pytest.raises(NotFound):
        load_recipe("nowhere")
