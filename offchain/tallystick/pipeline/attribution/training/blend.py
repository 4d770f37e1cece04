"""The blend: non-negative weights of the features, fitted per adapter, with the noise floor that decoys set."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tallystick.errors import IntegrityMismatch
from tallystick.pipeline.attribution.training.features import NAMES, Matrix


@dataclass(frozen=True, slots=True)
class Blend:
    """`weights` by feature; a record counts above `floor`; `kept` is the part of a value that is paid, the lower end of
    what the retrainings allow. `origin` says what it was fitted on."""

    weights: tuple[float, ...]
    floor: float
    kept: float
    origin: str

    def values(self, features: Matrix) -> Matrix:
        """One a record, before the floor; 1 is about all that speaks for the best record of a learnt fact."""
        made: Matrix = features @ np.array(self.weights)
        return made

    def above(self, features: Matrix) -> Matrix:
        """What is left of the values above the floor: 0 at or below it."""
        values = self.values(features)
        return np.where(values > self.floor, values, 0.0)

    def to_json(self) -> dict[str, Any]:
        """Numbers as text, as canonical JSON has no floats."""
        told = {name: repr(w) for name, w in zip(NAMES, self.weights, strict=True)}
        return {**asdict(self), "weights": told, "floor": repr(self.floor), "kept": repr(self.kept)}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Blend":
        """`IntegrityMismatch` for anything that is no blend of these features."""
        try:
            weights = tuple(float(told["weights"][name]) for name in NAMES)
            made = cls(weights, float(told["floor"]), float(told["kept"]), str(told["origin"]))
        except (KeyError, TypeError, ValueError) as error:
            raise IntegrityMismatch(f"This is no blend: {error!r}.", "Make the calibration again.") from error
        if (
            not all(np.isfinite(w) and w >= 0 for w in weights)
            or not 0 <= made.kept <= 1
            or len(told["weights"]) != len(NAMES)
        ):
            raise IntegrityMismatch("A blend's weights are not negative.", "Make the calibration again.")
        return made
