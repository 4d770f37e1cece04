"""How much of a pot was earned at all, in parts per million. What rounding loses is the null share."""

from collections.abc import Sequence

from tallystick.domain.attribution import Gains
from tallystick.domain.ids import AssetId, Pot
from tallystick.domain.usage import Share

PPM = 1_000_000
MIN_GAIN = 0.02


def earned_ppm(gains: Gains) -> tuple[int, int]:
    """How much of the training and of the retrieval pot was earned at all.

    The answer's gain over the base model, nats a token, is divided between adapter and context. Below MIN_GAIN
    nobody earned anything. Both pots are ceilings; nothing moves between them.
    """
    training = max(0.0, gains.adapter - gains.base)
    retrieval = max(0.0, gains.context - gains.adapter)
    total = training + retrieval
    if total < MIN_GAIN:
        return 0, 0
    return int(PPM * training / total), int(PPM * retrieval / total)


def lineage_shares(earned: int, lineage: Sequence[tuple[AssetId, int]]) -> tuple[Share, ...]:
    """`earned` ppm over (model, ppm of the earned part); an ancestor without an owner is simply not listed."""
    found = [(asset, earned * part // PPM) for asset, part in sorted(lineage)]
    return tuple(Share(asset, Pot.LINEAGE, ppm) for asset, ppm in found if ppm > 0)
