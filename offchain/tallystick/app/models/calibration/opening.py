"""A committed calibration, ready to weigh answers with."""

from typing import Any

from tallystick.app.models.attribution.indexing import Learnt
from tallystick.app.models.calibration.stored import LADDER, LadderFacts, committed_facts, folder_of
from tallystick.errors import IntegrityMismatch, IntegrityViolation


def open_calibration(learnt: Learnt, digest: str | None, engine: Any) -> Any:
    """Of the digest that the model's card names, None meaning the default blend and no ladder; `IntegrityViolation`."""
    from tallystick.pipeline.attribution.training.blend import Blend
    from tallystick.pipeline.attribution.training.channel import Calibration

    if digest is None:
        return Calibration()
    facts = committed_facts(learnt, digest)
    ladder = facts.ladder
    opened = _ladder(learnt, ladder, facts.recipe["shape"], engine) if ladder else None
    return Calibration(Blend.from_json(facts.blend), opened)


def _ladder(learnt: Learnt, ladder: LadderFacts, told: Any, engine: Any) -> Any:
    from tallystick.pipeline.attribution.counterfactual.decoder import Shape
    from tallystick.pipeline.attribution.counterfactual.rungs import Rungs, load_rungs
    from tallystick.pipeline.attribution.training.channel import Ladder
    from tallystick.pipeline.attribution.training.ladder import Block
    from tallystick.pipeline.models.halves import Halves

    try:
        adapters = load_rungs(folder_of(learnt) / LADDER, ladder.digest)
    except IntegrityMismatch as error:
        raise IntegrityViolation(
            error.message, "Bring the file back from a copy: what was committed cannot be made up."
        ) from error
    # Answers are scored in fp32 whatever the retrainings were made in: paid ppm are the reference scorer's.
    shape = Shape(int(told["layers"]), int(told["rank"]), float(told["alpha"]), "fp32")
    blocks = tuple(Block(datasets, ()) for datasets in ladder.blocks)
    return Ladder(blocks, Rungs(engine.model, Halves, shape, adapters), float(ladder.deviation))
