"""What a training needs beside what the machine has, before it starts; refused when it cannot fit."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tallystick.app.models.capacity.parallel import LOCAL
from tallystick.app.models.jobs.job import Crew
from tallystick.errors import InvalidInput
from tallystick.pipeline.training.recipe import TrainingRecipe, load_recipe, packaged_recipes

Bodies = Sequence[Mapping[str, Any]]
# Below this part of what is free, no estimate is needed to know that a training fits.
CERTAIN = 0.5
MIB = 2**20


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """All in MiB. `parts` are those of `planning.estimate.Plan`; `fitting_recipes` are the packaged ones that fit."""

    recipe: str
    device: str
    needed_mib: int
    free_mib: int
    fits: bool
    parts: dict[str, int]
    fitting_recipes: dict[str, int]


def memory_plan(base: Path, bodies: Bodies, recipe: str, device: str = "") -> MemoryPlan:
    """For one recipe, and of all packaged ones those that fit; nothing is loaded but the base's tokenizer."""
    from tallystick.pipeline.training.planning.estimate import fitting, plan
    from tallystick.pipeline.training.planning.machine import free_bytes, present_device
    from tallystick.pipeline.training.planning.overhead import libraries_bytes

    device = device or present_device()
    resolved, free = load_recipe(recipe), free_bytes(device)
    libraries = libraries_bytes(base) if device == "cpu" else 0
    lengths = _lengths(base, bodies)
    made = plan(base, resolved, lengths, device, libraries)
    named = {name: load_recipe(name) for name in packaged_recipes()}
    fits = fitting(named, lambda r: plan(base, r, lengths, device, libraries), free)
    parts = {name: round(size / MIB) for name, size in asdict(made).items()}
    return MemoryPlan(
        recipe=recipe,
        device=device,
        needed_mib=round(made.peak / MIB),
        free_mib=round(free / MIB),
        fits=made.peak <= free,
        parts=parts,
        fitting_recipes={name: round(each.peak / MIB) for name, each in fits.items()},
    )


def require_room(
    base: Path, bodies: Bodies, recipe: TrainingRecipe, device: str = "cpu", crew: Crew | None = None
) -> None:
    """`InvalidInput`, with the recipes that fit, for a training that would run out of memory. Jobs run on the CPU.

    Workers of this machine share its memory; those of a cluster are taken to have a machine each.
    """
    from tallystick.pipeline.training.planning.estimate import fitting, plan
    from tallystick.pipeline.training.planning.machine import free_bytes
    from tallystick.pipeline.training.planning.overhead import libraries_bytes

    free, lengths = free_bytes(device), _lengths(base, bodies)
    alone = crew is None or crew.is_one_process
    if alone and plan(base, recipe, lengths, device, 0).peak <= CERTAIN * free:
        return
    libraries = libraries_bytes(base) if device == "cpu" else 0
    needed = _by_all(plan(base, recipe, lengths, device, libraries), crew)
    if needed <= free:
        return
    if crew and not alone:
        raise InvalidInput(
            f"{crew.workers} workers need {needed / MIB:,.0f} MiB; {free / MIB:,.0f} MiB are free.",
            "Take fewer `--workers`" + ("." if crew.sharded else ", or share the base out by `--sharded`."),
        )
    named = {name: load_recipe(name) for name in packaged_recipes()}
    fits = fitting(named, lambda r: plan(base, r, lengths, device, libraries), free)
    smallest = sorted(fits, key=lambda name: fits[name].peak)
    raise InvalidInput(
        f"This training needs {needed / MIB:,.0f} MiB; {free / MIB:,.0f} MiB are free.",
        f"These recipes fit: {', '.join(smallest)}." if smallest else "No packaged recipe fits: free memory.",
    )


def _by_all(made: Any, crew: Crew | None) -> int:
    """Bytes of all processes on this machine; sharded ones hold the base once between them, but each loads it."""
    workers = crew.workers if crew and crew.ray in (None, LOCAL) else 1
    peak = int(made.peak)
    if crew and crew.sharded:
        loading = workers * (made.weights + made.mapped + made.libraries + made.loading)
        return int(max(workers * (peak - made.weights) + made.weights, loading))
    return workers * peak


def _lengths(base: Path, bodies: Bodies) -> Any:
    from tallystick.pipeline.models.chat import chat_of
    from tallystick.pipeline.training.planning.passes import Lengths
    from tallystick.pipeline.training.recipe import MOST_TOKENS_A_ROW
    from tallystick.pipeline.training.records import encode_records

    if not bodies:
        raise InvalidInput("There is nothing to plan for.", "Name a data set with something to learn.")
    return Lengths.of(encode_records(bodies, chat_of(base), MOST_TOKENS_A_ROW))
