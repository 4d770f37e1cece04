"""How good an adapter was on the way: scores of what it had learnt at several points of its training.

They are taken after the training, from checkpoints: neither its time nor its bits depend on being looked at.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from tallystick.app.models.capacity.parallel import SharedTraining
from tallystick.app.models.sealing import SealedQuestion, mean_rouge
from tallystick.pipeline.training.recipe import TrainingRecipe

Curve = tuple[tuple[float, float], ...]


def steps_on_the_way(recipe: TrainingRecipe, records: int, points: int) -> frozenset[int]:
    """Of a training, at equal distances, without the last; fewer where it has fewer steps."""
    steps = recipe.epochs * -(-records // recipe.minibatch)
    return frozenset(steps * k // points for k in range(1, points)) - {0, steps}


def learning_curve(
    job: SharedTraining, checkpoints: Path, sealed: Sequence[SealedQuestion], tell: Callable[[str], None]
) -> Curve:
    """(seconds of training, ROUGE-L F on the sealed questions) at the job's points; LoRA methods alone have one."""
    from tallystick.pipeline.inference.engine import Engine
    from tallystick.pipeline.models.adapter import TUNED, check_adapter
    from tallystick.pipeline.models.loading import load_as, with_adapter
    from tallystick.pipeline.training.checkpoint import Checkpoints, put

    if not job.points or not sealed or check_adapter(job.folder, TUNED).get("peft_type"):
        return ()
    base, chat = load_as(job.base, job.form, threads=job.threads)
    model = with_adapter(base, job.folder)
    engine, held = Engine(model, chat), dict(model.named_parameters())
    made = []
    for mark, weights in Checkpoints(checkpoints, {}, points=job.points, tell=tell).on_the_way():
        put(held, weights)
        made.append((round(mark.seconds, 2), mean_rouge(engine, sealed, chat)))
    return tuple(made)
