"""In which numbers a base is held: training, judging and serving of one adapter open its base alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class WeightFormat:
    """`quantisation` is "nf4", "fp4", "int8" or None; `is_rounded` weights are those that bf16 has.

    Whatever the format, a CPU computes in fp32 with the very numbers that it stands for.
    """

    quantisation: str | None = "nf4"
    double_quantisation: bool = True
    is_rounded: bool = False

    def as_dict(self) -> dict[str, Any]:
        """As a model's card has it."""
        told = {
            "format": self.quantisation or "none",
            "double_quantisation": self.double_quantisation,
            "compute": "float32",
        }
        return told | ({"weights": "bfloat16"} if self.is_rounded else {})


def weight_format(told: Mapping[str, Any]) -> WeightFormat:
    """Of `as_dict`."""
    name = str(told["format"])
    return WeightFormat(
        None if name == "none" else name, bool(told["double_quantisation"]), told.get("weights") == "bfloat16"
    )
