"""The blend of an adapter that nobody calibrated: fitted on the bench's corpus, and paid with a margin for that."""

from tallystick.pipeline.attribution.training.blend import Blend

DEFAULT_BLEND = Blend(
    weights=(0.2, 0.0, 0.0, 0.0, 0.0, 0.6, 0.0, 0.1, 0.0, 0.0, 0.1, 0.1),
    floor=0.35,
    kept=0.8,
    origin="default",
)
