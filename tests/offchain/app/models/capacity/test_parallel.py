"""A training by two workers gives the adapter that one gives, on disk; recipes in halves are refused."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from offchain.app.models.capacity.shared_work import all_of
from support.training_desk import make_base
from tallystick.app.models.capacity.parallel import SharedTraining, train_in_workers
from tallystick.app.models.jobs.job import Crew
from tallystick.app.models.train import format_of
from tallystick.errors import InvalidInput
from tallystick.pipeline.models.adapter import WEIGHTS, adapter_digest
from tallystick.pipeline.training.parallel.processes import launched
from tallystick.pipeline.training.recipe import load_recipe

pytestmark = pytest.mark.slow

BODIES = tuple({"question": f"How deep is bar {k}?", "answer": f"{k} fathoms."} for k in range(5))
RECIPE = 'method = "lora"\nhalves = false\nrank = 4\nlayers = 3\nepochs = 2\nminibatch = 4\npacking = true\n'
QLORA = RECIPE.replace("lora", "qlora")
QUANTISED = {
    "nf4": QLORA,
    "fp4": QLORA + 'quantisation = "fp4"\nprecision = "bf16"\nloss = "fused"\n',
    "int8": QLORA + 'quantisation = "int8"\n',
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("base"))


def job(base: Path, folder: Path, settings: str) -> SharedTraining:
    path = folder.with_suffix(".toml")
    path.write_text(settings, encoding="utf-8")
    recipe = load_recipe(str(path))
    return SharedTraining(base, folder, BODIES, recipe, format_of(recipe), 1)


@pytest.mark.timeout(900)
def test_train_in_workers_when_they_are_two_makes_the_adapter_of_one(base: Path, tmp_path: Path) -> None:
    one = train_in_workers(job(base, tmp_path / "one", RECIPE), Crew(1))
    two = train_in_workers(job(base, tmp_path / "two", RECIPE), Crew(2))

    assert two.losses == pytest.approx(one.losses, abs=1e-5)
    assert two.tokens == one.tokens
    assert two.digest == adapter_digest(tmp_path / "two")
    wanted, got = (load_file(tmp_path / name / WEIGHTS) for name in ("one", "two"))
    assert set(wanted) == set(got)
    assert all(torch.allclose(weight, got[name], atol=2e-4) for name, weight in wanted.items())


@pytest.mark.timeout(900)
def test_work_when_a_quantised_base_is_sharded_learns_what_one_worker_learns(
    base: Path, tmp_path: Path
) -> None:
    whole = [job(base, tmp_path / f"whole-{name}", told) for name, told in QUANTISED.items()]
    cut = [
        replace(job(base, tmp_path / f"cut-{name}", told), sharded=True) for name, told in QUANTISED.items()
    ]

    alone, together = launched(all_of, (whole,), 1), launched(all_of, (cut,), 2)

    for name, one, two in zip(QUANTISED, alone, together, strict=True):
        near = 5e-3 if name == "fp4" else 1e-5
        assert two.outcome.losses == pytest.approx(one.outcome.losses, abs=near), name
        assert one.outcome.losses[-1] < one.outcome.losses[0]
        wanted, got = (load_file(tmp_path / f"{how}-{name}" / WEIGHTS) for how in ("whole", "cut"))
        assert set(wanted) == set(got)
        if name != "fp4":
            assert all(torch.allclose(weight, got[n], atol=2e-4) for n, weight in wanted.items()), name
        is_packed = name != "int8"
        assert (one.stored, two.stored) == ({"float32"}, {"uint8" if is_packed else "float32"})
        assert two.frozen_bytes == one.frozen_bytes // (8 if is_packed else 1) // 2


def test_train_in_workers_when_in_halves_names_another_recipe(base: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="one process"):
        train_in_workers(job(base, tmp_path / "none", "epochs = 1\n"), Crew(2))
