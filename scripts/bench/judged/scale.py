"""How much is measured: SCALE=smoke (minutes, shows that it runs), default (an hour on two free cores), full."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Counts of records, seeds and learning rates; `rates` of each method are tried on a validation part."""

    name: str
    train: int
    sweep: int
    judged: int
    seeds: tuple[int, ...]
    rates: Mapping[str, tuple[float, ...]]
    noise: tuple[float, ...]
    noise_train: int
    cycles: int
    cells: int


_FEW = {
    "lora": (5e-4, 2e-3, 5e-3, 1e-2),
    "qlora": (5e-4, 2e-3, 5e-3, 1e-2),
    "p-tuning-v2": (1e-2, 3e-2, 1e-1, 3e-1),
}
_MANY = {
    "lora": (1e-4, 5e-4, 1e-3, 2e-3, 5e-3),
    "qlora": (1e-4, 5e-4, 1e-3, 2e-3, 5e-3),
    "p-tuning-v2": (3e-3, 1e-2, 3e-2, 1e-1),
}
_SMOKE = {"lora": (2e-3,), "qlora": (2e-3,), "p-tuning-v2": (3e-2,)}
SCALES = {
    "smoke": Scale("smoke", 16, 8, 4, (7, 8, 9), _SMOKE, (0.5,), 16, 2, 2),
    "default": Scale("default", 160, 64, 32, (7, 8, 9), _FEW, (0.2, 0.4, 0.8), 96, 3, 8),
    "full": Scale("full", 3000, 600, 200, (7, 8, 9, 10, 11), _MANY, (0.05, 0.1, 0.2, 0.4, 0.8), 1000, 8, 100),
}


def chosen() -> Scale:
    name = os.environ.get("SCALE", "default")
    if name not in SCALES:
        raise SystemExit(f"There is no SCALE={name}; use {', '.join(SCALES)}.")
    return SCALES[name]
