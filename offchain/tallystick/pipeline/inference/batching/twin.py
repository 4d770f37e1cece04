"""A model's modules once more over the very same weights, so that one loaded base carries several uses at once."""

import copy
from typing import Any


def twin(model: Any) -> Any:
    """Own modules and configuration, shared parameters and buffers; adapters put on one are not on the other."""
    shared = {id(held): held for held in (*model.parameters(), *model.buffers())}
    made: Any = copy.deepcopy(model, shared)
    return made


def weight_bytes(model: Any) -> int:
    return sum(p.numel() * p.element_size() for p in model.parameters())
