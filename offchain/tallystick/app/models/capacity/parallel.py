"""A training shared by several processes: here by torchrun's launcher, or on a Ray cluster."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from tallystick.app.models.jobs.job import Crew
from tallystick.errors import InvalidInput, NodeError, Unavailable
from tallystick.pipeline.models.weight_format import WeightFormat
from tallystick.pipeline.training.recipe import TrainingRecipe

LOCAL = "local"


class Stopped(Exception):
    """Somebody asked for it; there is a checkpoint of the last step."""


@dataclass(frozen=True, slots=True)
class SharedTraining:
    """What every worker is told. Records travel in memory; `base`, `folder` and `run` are the same place for all.

    `run` is the job's directory: steps are told there and checkpoints kept, under `facts`. Without it there are none.
    `points` are steps whose checkpoints stay, to be scored.
    """

    base: Path
    folder: Path
    bodies: tuple[dict[str, str], ...]
    recipe: TrainingRecipe
    form: WeightFormat
    threads: int
    sharded: bool = False
    run: Path | None = None
    facts: dict[str, str] = field(default_factory=dict)
    points: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class SharedOutcome:
    """As `loop.Trained`, but the adapter lies in the folder."""

    digest: bytes
    losses: tuple[float, ...]
    seconds: float
    tokens: int


def train_in_workers(training: SharedTraining, crew: Crew) -> SharedOutcome:
    """The adapter appears in the training's folder. `Stopped` when the job was aborted."""
    from tallystick.app.models.capacity.worker import work

    check_crew(crew, training.recipe)
    made: SharedOutcome | NodeError | Stopped
    if crew.ray is None:
        from tallystick.pipeline.training.parallel.processes import launched

        made = launched(work, (training,), crew.workers)
    else:
        from tallystick.pipeline.training.parallel.ray_cluster import on_ray

        made = on_ray(work, (training,), crew.workers, None if crew.ray == LOCAL else crew.ray)
    if isinstance(made, Exception):
        raise made
    if not training.folder.is_dir():
        raise Unavailable(
            f"The workers kept the adapter in {training.folder} of another machine.",
            "Share the node's home among the machines of the cluster, at the same path.",
        )
    return made


def check_crew(crew: Crew, recipe: TrainingRecipe) -> None:
    """`InvalidInput` for workers that cannot share this recipe; loads nothing."""
    if crew.sharded and crew.workers == 1:
        raise InvalidInput("One worker has nobody to share the base with.", "Add `--workers 2`, or more.")
    if crew.is_one_process:
        return
    if recipe.in_halves:
        raise InvalidInput(
            "A recipe in halves trains in one process.",
            "Take one over the whole decoder: `--recipe qlora-nf4`.",
        )
    if crew.sharded and recipe.optimiser.endswith("8bit"):
        raise InvalidInput(
            f"The optimiser {recipe.optimiser} has no sharded state.", 'Use `optimiser = "fused-adamw"`.'
        )
    if crew.workers > recipe.minibatch:
        raise InvalidInput(
            f"{crew.workers} workers cannot share a minibatch of {recipe.minibatch} records.",
            f"Take `--workers {recipe.minibatch}` at most, or raise the recipe's `minibatch`.",
        )


def check_present(crew: Crew) -> None:
    """`InvalidInput` for more workers than this machine has processors for, and for a Ray that is not there."""
    from importlib.util import find_spec

    if crew.ray is not None and find_spec("ray") is None:
        raise InvalidInput(
            "Ray is not installed.", "Run `pip install 'tallystick[ray]'`, or train without `--ray`."
        )
    if crew.ray == "":
        raise InvalidInput("A Ray cluster needs an address.", "Give one, or `--ray local` for a Ray here.")
    cores = os.cpu_count() or 1
    if crew.ray in (None, LOCAL) and crew.workers > cores:
        raise InvalidInput(
            f"{crew.workers} workers do not fit on this machine, which has {cores} processors.",
            f"Take `--workers {cores}` at most, or a Ray cluster by `--ray ADDRESS`.",
        )


def shares(threads: int, workers: int) -> int:
    """Threads of each worker."""
    return max(threads // workers, 1)
