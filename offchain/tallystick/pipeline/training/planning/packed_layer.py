"""A quantised linear layer as its memory goes: packed weights, made whole for each product and dropped again."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional

BLOCK, CONSTANTS_BLOCK = 64, 256
SKIPPED = ("lm_head",)


def packed_bytes(weights: int, rows: int, quantisation: str, *, double: bool) -> int:
    """Of one layer: its weights, and the constants (one a block, those in blocks again; int8 one a row)."""
    if quantisation == "int8":
        return weights + 4 * rows
    blocks = -(-weights // BLOCK)
    constants = blocks + 4 * -(-blocks // CONSTANTS_BLOCK) + 4 if double else 4 * blocks
    return weights // 2 + constants


class PackedLinear(nn.Linear):  # type: ignore[misc]
    """In place of a frozen `nn.Linear`; only its sizes matter."""

    def __init__(self, inputs: int, outputs: int, *, quantisation: str, double: bool) -> None:
        super().__init__(inputs, outputs, bias=False, device="meta")
        size = packed_bytes(inputs * outputs, outputs, quantisation, double=double)
        self.weight = nn.Parameter(torch.empty(size, dtype=torch.uint8), requires_grad=False)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = _Whole.apply(states, self.out_features)
        return made


class _Whole(torch.autograd.Function):  # type: ignore[misc]
    @staticmethod
    def forward(ctx: Any, states: torch.Tensor, outputs: int) -> torch.Tensor:
        ctx.sizes = (outputs, states.shape[-1])
        return functional.linear(states, states.new_empty(ctx.sizes))

    @staticmethod
    def backward(ctx: Any, *slopes: Any) -> Any:
        return slopes[0] @ slopes[0].new_empty(ctx.sizes), None


def pack(causal: Any, quantisation: str, *, double: bool) -> None:
    """Replaces in place what bitsandbytes quantises: every linear layer but the head."""
    for path, layer in list(causal.named_modules()):
        parent, _, name = path.rpartition(".")
        if type(layer) is nn.Linear and name not in SKIPPED:
            packed = PackedLinear(
                layer.in_features, layer.out_features, quantisation=quantisation, double=double
            )
            setattr(causal.get_submodule(parent), name, packed)
