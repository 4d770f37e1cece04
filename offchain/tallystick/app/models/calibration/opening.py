"""A committed calibration, ready to weigh answers with."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tallystick.app.models.attribution.indexing import Learnt
from tallystick.app.models.calibration.stored import LADDER, LadderFacts, committed_facts, folder_of
from tallystick.domain.ids import Hash
from tallystick.errors import IntegrityMismatch, IntegrityViolation


def open_calibration(learnt: Learnt, told: Mapping[str, Any] | None, engine: Any) -> Any:
    """What the card's `run` says of it, None meaning the default blend and no ladder. `IntegrityViolation` for files
    that are missing or others."""
    from tallystick.pipeline.attribution.training.blend import Blend
    from tallystick.pipeline.attribution.training.channel import Calibration

    if told is None:
        return Calibration()
    facts = committed_facts(learnt, str(told["digest"]))
    ladder = facts.ladder
    opened = _ladder(learnt, ladder, facts.recipe["shape"], engine) if ladder else None
    return Calibration(Blend.from_json(facts.blend), opened)


def fetch_calibration(
    learnt: Learnt, told: Mapping[str, Any] | None, get_file: Callable[[Hash, Path], None]
) -> None:
    """Bring the files that a card names to where `open_calibration` looks for them."""
    for name, digest in (told or {"files": {}})["files"].items():
        file = folder_of(learnt) / Path(name).name
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            get_file(Hash(bytes.fromhex(digest.removeprefix("0x"))), file)


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
    deviation = float(ladder.deviation)
    if not (math.isfinite(deviation) and deviation >= 0):
        raise IntegrityViolation(
            f"The committed ladder's deviation is {ladder.deviation}.", "Its operator has to make another."
        )
    return Ladder(blocks, Rungs(engine.model, Halves, shape, adapters), deviation)
