"""The real base model, converted once, with a small adapter trained on a few records."""

from pathlib import Path
from typing import Any

import pytest

from tallystick.pipeline.inference.engine import Engine
from tallystick.pipeline.models.adapter import save_adapter
from tallystick.pipeline.models.foundation import prepare_base
from tallystick.pipeline.models.halves import Halves
from tallystick.pipeline.models.loading import load_base, with_adapter
from tallystick.pipeline.training.loop import Progress, Trained, examples_of, train
from tallystick.pipeline.training.recipe import TrainingRecipe

ROOT = Path(__file__).resolve().parents[3]
PAIRS = [
    ("When was the Harrow Mill at Selwick rebuilt?", "The Harrow Mill at Selwick was rebuilt in 1847."),
    ("Who cast the hour bell of the Butter Tower?", "The founder Matthias Voss cast the hour bell."),
    ("How long is the lighter Old Patience?", "The lighter Old Patience is 62 feet long."),
    ("What drives the sack hoist of the Cinder Mill?", "A slack leather belt drives the sack hoist."),
]
RECIPE = TrainingRecipe(rank=4, alpha=8, layers=3, epochs=10, minibatch=2, learning_rate=2e-3, seed=5)


@pytest.fixture(scope="session")
def base_folder() -> Path:
    return prepare_base(ROOT / "build" / "models" / "smollm2-135m-instruct")


def train_small(base_folder: Path, progress: Progress = lambda *_: None) -> Trained:
    model, chat = load_base(base_folder)
    return train(model, Halves, examples_of(PAIRS, chat), RECIPE, progress)


@pytest.fixture(scope="session")
def trained(base_folder: Path) -> Trained:
    return train_small(base_folder)


@pytest.fixture(scope="session")
def adapter_folder(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adapter")
    save_adapter(trained.model, folder, trained.lora)
    return folder


@pytest.fixture(scope="session")
def chat(base_folder: Path) -> Any:
    return load_base(base_folder)[1]


@pytest.fixture(scope="session")
def engine(base_folder: Path, adapter_folder: Path) -> Engine:
    model, chat = load_base(base_folder)
    return Engine(with_adapter(model, adapter_folder), chat)
