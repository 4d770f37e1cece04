"""A training by two workers gives the adapter that one gives, on disk; recipes in halves are refused."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from support.training_desk import make_base
from tallystick.app.models.capacity.parallel import SharedTraining, shares, train_in_workers
from tallystick.app.models.train import format_of
from tallystick.errors import InvalidInput
from tallystick.pipeline.models.adapter import WEIGHTS, adapter_digest
from tallystick.pipeline.training.recipe import load_recipe

BODIES = tuple({"question": f"How deep is bar {k}?", "answer": f"{k} fathoms."} for k in range(5))
RECIPE = 'method = "lora"\nhalves = false\nrank = 4\nlayers = 3\nepochs = 2\nminibatch = 4\npacking = true\n'


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("base"))


def job(base: Path, folder: Path, settings: str) -> SharedTraining:
    path = folder.with_suffix(".toml")
    path.write_text(settings, encoding="utf-8")
    recipe = load_recipe(str(path))
    return SharedTraining(base, folder, BODIES, recipe, format_of(recipe), 1)


def test_train_in_workers_when_they_are_two_makes_the_adapter_of_one(base: Path, tmp_path: Path) -> None:
    one = train_in_workers(job(base, tmp_path / "one", RECIPE), 1)
    two = train_in_workers(job(base, tmp_path / "two", RECIPE), 2)

    assert two.losses == pytest.approx(one.losses, abs=1e-5)
    assert two.tokens == one.tokens
    assert two.digest == adapter_digest(tmp_path / "two")
    wanted, got = (load_file(tmp_path / name / WEIGHTS) for name in ("one", "two"))
    assert set(wanted) == set(got)
    assert all(torch.allclose(weight, got[name], atol=2e-4) for name, weight in wanted.items())


def test_train_in_workers_when_in_halves_names_another_recipe(base: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="one process"):
        train_in_workers(job(base, tmp_path / "none", "epochs = 1\n"), 2)


def test_shares_when_there_are_more_workers_than_threads_gives_each_one() -> None:
    assert [shares(threads, workers) for threads, workers in ((8, 2), (3, 2), (1, 4))] == [4, 1, 1]
