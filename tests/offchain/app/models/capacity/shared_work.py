"""Several trainings in one start of the workers, importable by them: to start takes longer than to train."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.app.models.capacity.parallel import SharedOutcome, SharedTraining
from tallystick.app.models.capacity.worker import opened_base, trained_by
from tallystick.pipeline.training.method_config import adapted
from tallystick.pipeline.training.parallel.group import Group


@dataclass(frozen=True)
class Done:
    """`frozen_bytes` of the adapted layers' frozen weights are held by this worker, `stored` in these types."""

    outcome: SharedOutcome
    frozen_bytes: int
    stored: set[str]


def all_of(trainings: Sequence[SharedTraining]) -> list[Done]:
    """One after the other; all are sharded, or none."""
    group = Group.joined(sharded=trainings[0].sharded)
    try:
        return [Done(trained_by(group, each), *_held(group, each)) for each in trainings]
    finally:
        group.leave()


def _held(group: Group, training: SharedTraining) -> tuple[int, set[str]]:
    model, _ = opened_base(training, group.device)
    whole = adapted(model, training.recipe)
    group.spread(whole)
    held = [_local(w) for name, w in whole.named_parameters() if name.endswith("base_layer.weight")]
    return sum(w.nbytes for w in held), {str(w.dtype).removeprefix("torch.") for w in held}


def _local(weight: Any) -> Any:
    return weight.to_local() if hasattr(weight, "to_local") else weight
