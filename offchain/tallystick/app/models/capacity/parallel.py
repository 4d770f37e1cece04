"""A training shared by several processes: here by torchrun's launcher, or on a Ray cluster."""

from dataclasses import dataclass
from pathlib import Path

from tallystick.errors import InvalidInput
from tallystick.pipeline.models.weight_format import WeightFormat
from tallystick.pipeline.training.recipe import TrainingRecipe


@dataclass(frozen=True, slots=True)
class SharedTraining:
    """What every worker is told. Records travel in memory; `base` and `folder` are the same place for all workers."""

    base: Path
    folder: Path
    bodies: tuple[dict[str, str], ...]
    recipe: TrainingRecipe
    form: WeightFormat
    threads: int
    sharded: bool = False


@dataclass(frozen=True, slots=True)
class SharedOutcome:
    """As `loop.Trained`, but the adapter lies in the folder."""

    digest: bytes
    losses: tuple[float, ...]
    seconds: float
    tokens: int


def train_in_workers(training: SharedTraining, workers: int, ray: str | None = None) -> SharedOutcome:
    """The adapter appears in the training's folder. `ray` is a cluster's address, or "" for a Ray of this machine.

    `InvalidInput` for a recipe in halves, whose memory of the lower layers is one process' own.
    """
    if training.recipe.in_halves:
        raise InvalidInput(
            "A recipe in halves trains in one process.",
            "Take one over the whole decoder: `--recipe qlora-nf4`.",
        )
    if ray is None:
        from tallystick.pipeline.training.parallel.processes import launched

        made: SharedOutcome = launched(work, (training,), workers)
        return made
    from tallystick.pipeline.training.parallel.ray_cluster import on_ray

    made = on_ray(work, (training,), workers, ray or None)
    return made


def work(training: SharedTraining) -> SharedOutcome:
    """One worker's life; rank 0 keeps the adapter. Also for torchrun over several machines, called by a script."""
    from tallystick.pipeline.models.adapter import save_adapter
    from tallystick.pipeline.models.loading import load_base
    from tallystick.pipeline.training.allocator import give_back_memory
    from tallystick.pipeline.training.parallel.group import Group
    from tallystick.pipeline.training.records import encode_records
    from tallystick.pipeline.training.tuning import tune

    give_back_memory()
    group = Group.joined(sharded=training.sharded)
    try:
        model, chat = load_base(
            training.base,
            threads=training.threads,
            quantisation=training.form.quantisation,
            double_quantisation=training.form.double_quantisation,
            chat_needed=False,
        )
        records = encode_records(training.bodies, chat, training.recipe.cutoff)
        done = tune(model, records, training.recipe, _silent, group=group)
        digest = save_adapter(done.model, training.folder, done.lora) if group.rank == 0 else b""
        return SharedOutcome(digest, done.losses, done.seconds, done.tokens)
    finally:
        group.leave()


def _silent(step: int, steps: int, loss: float, rate: float) -> None:
    """Workers have no terminal."""


def shares(threads: int, workers: int) -> int:
    """Threads of each worker."""
    return max(threads // workers, 1)
