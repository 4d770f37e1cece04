"""Attention over a packed row record by record, so that its cost grows with records' lengths and not with the row's."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn import functional

NAME = "tallystick-records"
# 16-bit attention differs from itself by this much between kernels, relative to the largest logit.
CLOSE = {torch.float32: 1e-3, torch.bfloat16: 5e-2, torch.float16: 5e-2}


def attend(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    cu_seq_lens_q: torch.Tensor | None = None,
    max_length_q: int = 0,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Of one row: (1, heads, length, size) to (1, length, heads, size); records begin at `cu_seq_lens_q` but the last."""
    if cu_seq_lens_q is None:
        cu_seq_lens_q, max_length_q = torch.tensor([0, query.shape[2]], device=query.device), query.shape[2]
    if query.is_cuda:
        return _by_kernel(query, key, value, scaling, cu_seq_lens_q.int(), max_length_q), None
    return by_sizes(query, key, value, cu_seq_lens_q.diff().tolist(), scaling), None


def by_sizes(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, sizes: list[int], scaling: float | None
) -> torch.Tensor:
    """Each stretch of `sizes` sees itself; shapes are those of `attend`."""
    groups = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1)
    parts = zip(query.split(sizes, 2), key.split(sizes, 2), value.split(sizes, 2), strict=True)
    seen = [
        functional.scaled_dot_product_attention(q, k, v, is_causal=True, scale=scaling) for q, k, v in parts
    ]
    return torch.cat(seen, 2).transpose(1, 2)


def _by_kernel(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    scaling: float | None,
    starts: torch.Tensor,
    longest: int,
) -> torch.Tensor:
    from torch.nn.attention.varlen import varlen_attn

    groups = query.shape[1] // key.shape[1]
    flat = [
        each[0].transpose(0, 1).contiguous()
        for each in (query, key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1))
    ]
    q, k, v = (each.to(torch.bfloat16) if each.dtype == torch.float32 else each for each in flat)
    made: torch.Tensor = varlen_attn(
        q, k, v, starts, starts, longest, longest, scale=scaling, window_size=(-1, 0)
    )
    return made[None].to(query.dtype)


def placed(positions: torch.Tensor) -> dict[str, Any]:
    """What `attend` is told of a packed row with these `positions`, shape (1, length)."""
    starts = (positions[0] == 0).nonzero().flatten()
    ends = torch.cat([starts, torch.tensor([positions.shape[1]], device=positions.device)]).int()
    return {"cu_seq_lens_q": ends, "max_length_q": int(ends.diff().max())}


@contextmanager
def record_by_record(causal: Any, *, half: bool) -> Iterator[bool]:
    """While open `causal` attends so; yields False, nothing changed, where it cannot or gives other logits.

    It cannot on CUDA in fp32 or without torch's varlen kernel, nor where a layer sees a window alone.
    """
    config = causal.config
    before = getattr(config, "_attn_implementation", None)
    if before != "sdpa" or not _suits(causal, half):
        yield False
        return
    from transformers import AttentionInterface

    AttentionInterface.register(NAME, attend)
    try:
        yield _same(causal, half)
    finally:
        causal.set_attn_implementation(before)


def _suits(causal: Any, half: bool) -> bool:
    kinds = set(getattr(causal.config, "layer_types", None) or ["full_attention"])
    whole = kinds == {"full_attention"} and getattr(causal.config, "sliding_window", None) is None
    device = next(causal.parameters()).device
    return whole and (device.type == "cpu" or (device.type == "cuda" and half and _has_kernel()))


def _has_kernel() -> bool:
    try:
        from torch.nn.attention import varlen
    except ImportError:
        return False
    return hasattr(varlen, "varlen_attn")


def _same(causal: Any, half: bool) -> bool:
    """Switches, and switches back when two short records do not have the logits that each has alone."""
    device = next(causal.parameters()).device
    ids = torch.arange(1, 13, device=device)[None] % causal.config.vocab_size
    positions = torch.cat([torch.arange(n, device=device) for n in (5, 7)])[None]
    with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, enabled=half):
        alone = torch.cat([causal(part, use_cache=False).logits for part in ids.split([5, 7], 1)], 1)
        causal.set_attn_implementation(NAME)
        try:
            row = causal(ids, position_ids=positions, use_cache=False, **placed(positions)).logits
        except (RuntimeError, TypeError, ValueError):
            row = alone + torch.inf
    close = CLOSE[torch.bfloat16 if half else torch.float32]
    same = bool((row - alone).abs().max() <= close * alone.abs().max())
    if not same:
        causal.set_attn_implementation("sdpa")
    return same
