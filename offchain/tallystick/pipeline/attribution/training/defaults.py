"""The blend of an adapter that nobody calibrated: fitted on the bench's corpus, and paid with a margin for that."""

from tallystick.pipeline.attribution.training.blend import Blend

DEFAULT_BLEND = Blend(
    weights=(0.2, 0.25, 0.0, 0.0, 0.0, 0.3, 0.0, 0.0, 0.0, 1.0, 0.0, 0.35),
    floor=0.26,
    kept=0.8,
    origin="default",
)
