"""Checkpoints: stopped anywhere and resumed, a training comes to the same bits; damage and other machines are noticed."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from offchain.pipeline.training.test_packing import record
from support.tiny_chat import tiny_chat
from support.tiny_llama import tiny_llama
from tallystick.errors import Conflict
from tallystick.pipeline.models.halves import Halves
from tallystick.pipeline.training.checkpoint import Checkpoints, machine_facts
from tallystick.pipeline.training.loop import Trained, examples_of, train
from tallystick.pipeline.training.recipe import TrainingRecipe
from tallystick.pipeline.training.tuning import tune

pytestmark = pytest.mark.slow

RECORDS = [record(6 + 3 * (i % 7), 2 + i % 4, i) for i in range(11)]
PAIRS = [(f"How deep is weir {i}?", f"Weir {i} is {i} fathoms deep.") for i in range(7)]
PACKED = TrainingRecipe(
    method="lora", halves=False, rank=4, alpha=8, learning_rate=1e-2, epochs=3, minibatch=4, packing=True
)
HALVES = TrainingRecipe(rank=4, alpha=8, layers=2, epochs=4, minibatch=3, rewordings=2)
PREFIX = replace(PACKED, method="p-tuning-v2", packing=False, bucketing=True, virtual_tokens=6)
ENCODED = replace(PREFIX, method="p-tuning-v1", encoder="lstm", encoder_width=16)
Progress = Callable[[int, int, float, float], None]


class Stopped(Exception):
    pass


def quiet(*_: float) -> None:
    pass


def stop_at(step: int) -> Progress:
    def progress(done: int, *_: float) -> None:
        if done == step:
            raise Stopped

    return progress


def run(recipe: TrainingRecipe, saved: Checkpoints | None = None, progress: Progress = quiet) -> Trained:
    base = tiny_llama(scale=0.1, vocabulary=300)
    if recipe.in_halves:
        return train(base, Halves, examples_of(PAIRS, tiny_chat()), recipe, progress, saved)
    return tune(base, RECORDS, recipe, progress, saved)


def bits(trained: Trained) -> dict[str, Any]:
    return {n: p.detach().clone() for n, p in trained.model.named_parameters() if p.requires_grad}


def same(one: Trained, two: Trained) -> bool:
    first, second = bits(one), bits(two)
    assert first.keys() == second.keys() and first
    return one.losses == two.losses and all(torch.equal(first[n], second[n]) for n in first)


def saved_in(folder: Path, **changed: Any) -> Checkpoints:
    return Checkpoints(folder / "checkpoints", {"threads": "2"}, **{"every_steps": 2, **changed})


@pytest.mark.parametrize("recipe", [PACKED, HALVES, PREFIX, ENCODED], ids=lambda r: str(r.method))
@pytest.mark.parametrize("step", [1, 5])
def test_training_when_stopped_and_resumed_comes_to_the_same_bits(
    recipe: TrainingRecipe, step: int, tmp_path: Path
) -> None:
    with pytest.raises(Stopped):
        run(recipe, saved_in(tmp_path), stop_at(step))
    seen: list[int] = []

    resumed = run(recipe, saved_in(tmp_path), lambda done, *_: seen.append(done))

    assert seen[0] == step + 1
    assert same(resumed, run(recipe))
    assert resumed.tokens == run(recipe).tokens


def test_training_when_it_had_ended_takes_no_further_step(tmp_path: Path) -> None:
    whole = run(PACKED, saved_in(tmp_path))

    assert same(run(PACKED, saved_in(tmp_path), stop_at(9)), whole)


@pytest.mark.parametrize("name", ["state.safetensors", "state.json"])
def test_resume_when_the_newest_checkpoint_is_damaged_takes_the_one_before(tmp_path: Path, name: str) -> None:
    with pytest.raises(Stopped):
        run(PACKED, saved_in(tmp_path), stop_at(5))
    damaged = tmp_path / "checkpoints" / "step-00000005" / name
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 1
    damaged.write_bytes(data)
    told: list[str] = []
    seen: list[int] = []

    resumed = run(PACKED, saved_in(tmp_path, tell=told.append), lambda done, *_: seen.append(done))

    assert seen[0] == 5
    assert len(told) == 1 and "step-00000005 is damaged" in told[0]
    assert same(resumed, run(PACKED))


def test_resume_when_every_checkpoint_is_damaged_begins_again(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        run(PACKED, saved_in(tmp_path), stop_at(5))
    for folder in (tmp_path / "checkpoints").iterdir():
        (folder / "state.safetensors").write_bytes(b"cut off")
    told: list[str] = []

    assert same(run(PACKED, saved_in(tmp_path, tell=told.append)), run(PACKED))
    assert len(told) == 2


def test_resume_when_it_holds_another_adapter_begins_again(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        run(replace(PACKED, rank=2), saved_in(tmp_path), stop_at(5))
    told: list[str] = []

    assert same(run(PACKED, saved_in(tmp_path, tell=told.append)), run(PACKED))
    assert "another adapter" in told[0]


def test_resume_when_the_machine_is_another_says_what_differs(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        run(PACKED, saved_in(tmp_path), stop_at(3))

    with pytest.raises(Conflict, match="threads '2', now '1'"):
        run(PACKED, Checkpoints(tmp_path / "checkpoints", {"threads": "1"}))


def test_checkpoints_when_saved_keep_the_two_newest_and_no_half_one(tmp_path: Path) -> None:
    run(PACKED, saved_in(tmp_path))
    names = sorted(p.name for p in (tmp_path / "checkpoints").iterdir())

    saved_in(tmp_path).clear()

    assert names == ["step-00000008", "step-00000009"]
    assert not (tmp_path / "checkpoints").exists()


@pytest.mark.parametrize(("steps", "seconds", "due"), [(3, 1e9, [3, 6]), (100, 0.0, [1, 2, 3, 4, 5, 6])])
def test_due_when_steps_or_seconds_have_passed(
    tmp_path: Path, steps: int, seconds: float, due: list[int]
) -> None:
    saved = Checkpoints(tmp_path, {}, every_steps=steps, every_s=seconds)

    assert [n for n in range(1, 7) if saved.due(n)] == due


def test_machine_facts_when_told_can_be_written_and_name_threads_and_tools() -> None:
    facts = machine_facts()

    assert json.loads(json.dumps(facts)) == facts
    assert facts["threads"] == str(torch.get_num_threads())
    assert {"machine", "instructions", "python", "torch", "peft", "transformers"} <= set(facts)


def test_on_the_way_when_points_are_named_has_their_weights_after_all_others_went(tmp_path: Path) -> None:
    seen: dict[int, dict[str, torch.Tensor]] = {}
    base = tiny_llama(scale=0.1, vocabulary=300)

    def look(done: int, *_: float) -> None:
        held = base.named_parameters()
        seen[done] = {n: p.detach().clone() for n, p in held if p.requires_grad}

    saved = saved_in(tmp_path, every_steps=1, points=(2, 5))
    done = tune(base, RECORDS, PACKED, look, saved)

    found = list(saved.on_the_way())
    assert [mark.step for mark, _ in found] == [2, 5] and len(done.losses) == 9
    assert 0 < found[0][0].seconds < found[1][0].seconds < done.seconds
    for mark, weights in found:
        assert mark.losses == done.losses[: mark.step]
        assert len(weights) == len(seen[mark.step])
        for name, value in seen[mark.step].items():
            assert torch.equal(weights[f"base_model.model.{name}"], value)
    names = sorted(p.name for p in (tmp_path / "checkpoints").iterdir())
    assert names == [f"step-{k:08d}" for k in (2, 5, 8, 9)]
