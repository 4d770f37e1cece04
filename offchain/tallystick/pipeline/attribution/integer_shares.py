"""Values to parts per million. Floors everywhere: what is lost to rounding, or never earned, is the null share."""

from collections.abc import Mapping, Sequence

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


def shares_of(pot: Pot, earned: int, values: Mapping[AssetId, float]) -> tuple[Share, ...]:
    """`earned` ppm over assets in proportion to their values, floored, in id order."""
    total = sum(v for _, v in sorted(values.items()))
    if total <= 0 or earned <= 0:
        return ()
    found = [(asset, int(earned * (value / total))) for asset, value in sorted(values.items()) if value > 0]
    return tuple(Share(asset, pot, ppm) for asset, ppm in found if ppm > 0)


def lineage_shares(earned: int, lineage: Sequence[tuple[AssetId, int]]) -> tuple[Share, ...]:
    """`earned` ppm over (model, ppm of the earned part); an ancestor without an owner is simply not listed."""
    found = [(asset, earned * part // PPM) for asset, part in sorted(lineage)]
    return tuple(Share(asset, Pot.LINEAGE, ppm) for asset, ppm in found if ppm > 0)
