"""The loss on answers: plainly, in chunks, or fused with the head, so that logits never stand in memory at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from tallystick.errors import InvalidInput
from tallystick.pipeline.training.packing import IGNORED

CHUNK = 512
_AFTER_HEAD = ("final_logit_softcapping", "logits_scaling", "logit_scale", "output_multiplier_scale")


def plain_loss(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Summed negative log-likelihood, nats, of `targets` (rows, length) under `logits` (rows, length, ids)."""
    flat = logits.flatten(0, 1).float()
    return functional.cross_entropy(flat, targets.flatten(), ignore_index=IGNORED, reduction="sum")


def headless_loss(hidden: torch.Tensor, head: Any, targets: torch.Tensor, way: str) -> torch.Tensor:
    """`plain_loss` from final hidden states (rows, length, width); the head runs at answers' places alone.

    `way` is "chunked" (CHUNK places at a time, run again for the gradient) or "fused" (the gradient comes with the loss:
    by torch's own on CUDA, where it has one, else by chunks; a head that is adapted or no plain linear layer is chunked).
    """
    at = targets != IGNORED
    return answers_loss(hidden[at], head, targets[at], way)


def answers_loss(states: torch.Tensor, head: Any, told: torch.Tensor, way: str) -> torch.Tensor:
    """`headless_loss` of answers' states alone, shape (places, width)."""
    if way == "fused" and fuses(head):
        if states.is_cuda and hasattr(functional, "linear_cross_entropy"):
            return _by_torch(states, head, told)
        return _summed(_Fused.apply(states.to(head.weight.dtype), head.weight, head.bias, told))
    parts = zip(states.split(CHUNK), told.split(CHUNK), strict=True)
    return torch.stack([checkpoint(_chunk, s, head, t, use_reentrant=False) for s, t in parts]).sum()


def fuses(head: Any) -> bool:
    return type(head) is nn.Linear and not head.weight.requires_grad


class _Fused(torch.autograd.Function):  # type: ignore[misc]
    """Loss and gradient of each chunk while its logits stand; the head is frozen, so that is all it ever needs.

    Torch 2.13's own takes three to five times the plain loss on a CPU (docs/decisions/0017).
    """

    @staticmethod
    def forward(
        ctx: Any, states: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, told: torch.Tensor
    ) -> torch.Tensor:
        slopes, each = torch.empty_like(states), states.new_empty(len(states), dtype=torch.float32)
        for k in range(0, len(states), CHUNK):
            part, wanted = slice(k, k + CHUNK), told[k : k + CHUNK, None]
            logits = functional.linear(states[part], weight, bias).float()
            total = logits.logsumexp(-1, keepdim=True)
            each[part] = (total - logits.gather(-1, wanted))[:, 0]
            odds = logits.sub_(total).exp_()
            odds.scatter_add_(-1, wanted, odds.new_full(wanted.shape, -1.0))
            slopes[part] = odds.to(weight.dtype) @ weight
        ctx.save_for_backward(slopes)
        return each

    @staticmethod
    def backward(ctx: Any, *slopes: Any) -> Any:
        (made,) = ctx.saved_tensors
        return made * slopes[0][:, None].to(made.dtype), None, None, None


def _summed(each: Any) -> torch.Tensor:
    # In bf16 a sum of thousands of nats is 1 % off, so it is taken in fp32.
    total: torch.Tensor = each.float().sum()
    return total


def _by_torch(states: torch.Tensor, head: nn.Linear, told: torch.Tensor) -> torch.Tensor:
    each = functional.linear_cross_entropy(
        states.to(head.weight.dtype),
        head.weight,
        told,
        linear_bias=head.bias,
        reduction="none",
        options=nn.LinearCrossEntropyOptions(),
    )
    return _summed(each)


def _chunk(states: torch.Tensor, head: Any, told: torch.Tensor) -> torch.Tensor:
    return functional.cross_entropy(head(states.to(head.weight.dtype)).float(), told, reduction="sum")


@contextmanager
def without_head(causal: Any) -> Iterator[Any]:
    """While open, `causal` gives final hidden states as its logits; yields the head that was taken off.

    `InvalidInput` for a model that does something to its logits after the head.
    """
    told = [n for n in _AFTER_HEAD if getattr(causal.config, n, None) not in (None, 0, 1, 1.0)]
    if told:
        raise InvalidInput(
            f"This model changes its logits after the head ({told[0]}).",
            'Use a recipe with `loss = "plain"`.',
        )
    head = causal.get_output_embeddings()
    causal.set_output_embeddings(nn.Identity())
    try:
        yield head
    finally:
        causal.set_output_embeddings(head)
