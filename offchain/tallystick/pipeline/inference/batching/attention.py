"""Attention over slots: one row of tokens of many requests, each token against what its own request holds, nothing else.

Entered through transformers' public attention interface; the step's plan travels as a keyword of the forward call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention

from tallystick.errors import InvalidInput
from tallystick.pipeline.inference.batching.slots import Slot, Slots

NAME = "tallystick_slots"
# Families whose layers attend plainly: no windows, no caps, no scaled embeddings.
FAMILIES = ("llama", "qwen2", "qwen3", "mistral")


@dataclass(frozen=True, slots=True)
class Segment:
    """`tokens` new tokens of one request, after `held` tokens that its slot has already."""

    slot: Slot
    held: int
    tokens: int


@dataclass(frozen=True, slots=True)
class _Prefill:
    segment: Segment
    start: int
    mask: torch.Tensor | None


@dataclass(frozen=True, slots=True)
class _Decoding:
    """Rows of one token each on one shelf; `places` is a slice where they stand side by side, else indices."""

    shelf: int
    rows: slice | torch.Tensor
    places: slice | torch.Tensor
    longest: int
    mask: torch.Tensor | None


class Plan:
    """Where the tokens of one step go and what they see; made once a step, read in every layer."""

    def __init__(self, slots: Slots, segments: Sequence[Segment]) -> None:
        self._slots, device = slots, slots.shape.device
        self._writes: list[tuple[int, slice | torch.Tensor, torch.Tensor, torch.Tensor]] = []
        self.prefills: list[_Prefill] = []
        self.decodings: list[_Decoding] = []
        starts, at = [], 0
        for segment in segments:
            starts.append(at)
            at += segment.tokens
        for shelf in sorted({s.slot.shelf for s in segments}):
            mine = [(s, start) for s, start in zip(segments, starts, strict=True) if s.slot.shelf == shelf]
            self._note_writes(shelf, mine, at, device)
            single = sorted((p for p in mine if p[0].tokens == 1), key=lambda p: p[0].slot.place)
            if single:
                self.decodings.append(_decoding(shelf, single, device))
            self.prefills += [_prefill(s, start, device) for s, start in mine if s.tokens > 1]

    def _note_writes(
        self, shelf: int, mine: list[tuple[Segment, int]], total: int, device: torch.device
    ) -> None:
        rows = [start + n for s, start in mine for n in range(s.tokens)]
        places = torch.tensor([s.slot.place for s, _ in mine for _ in range(s.tokens)], device=device)
        positions = torch.tensor([s.held + n for s, _ in mine for n in range(s.tokens)], device=device)
        whole = len(rows) == total
        self._writes.append(
            (shelf, slice(None) if whole else torch.tensor(rows, device=device), places, positions)
        )

    def attend(
        self, layer: int, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float | None
    ) -> torch.Tensor:
        """`query` (heads, tokens, width), `key` and `value` likewise with fewer heads; returns (tokens, heads, width)."""
        for shelf, rows, places, positions in self._writes:
            self._slots.keys[shelf][layer][places, :, positions] = key[:, rows].transpose(0, 1)
            self._slots.values[shelf][layer][places, :, positions] = value[:, rows].transpose(0, 1)
        out = torch.empty_like(query).transpose(0, 1).contiguous()
        for one in self.prefills:
            self._prefill(one, layer, query, scaling, out)
        for many in self.decodings:
            self._decode(many, layer, query, scaling, out)
        return out

    def _prefill(
        self, one: _Prefill, layer: int, query: torch.Tensor, scaling: float | None, out: torch.Tensor
    ) -> None:
        slot, until = one.segment.slot, one.segment.held + one.segment.tokens
        rows = slice(one.start, one.start + one.segment.tokens)
        keys = self._slots.keys[slot.shelf][layer][slot.place : slot.place + 1, :, :until]
        values = self._slots.values[slot.shelf][layer][slot.place : slot.place + 1, :, :until]
        made = scaled_dot_product_attention(
            query[None, :, rows],
            keys,
            values,
            attn_mask=one.mask,
            is_causal=one.mask is None,
            scale=scaling,
            enable_gqa=True,
        )
        out[rows] = made[0].transpose(0, 1)

    def _decode(
        self, many: _Decoding, layer: int, query: torch.Tensor, scaling: float | None, out: torch.Tensor
    ) -> None:
        keys = self._slots.keys[many.shelf][layer][many.places, :, : many.longest]
        values = self._slots.values[many.shelf][layer][many.places, :, : many.longest]
        rows = query[:, many.rows].transpose(0, 1)
        heads, held, width = query.shape[0], keys.shape[1], query.shape[2]
        # Query heads of one key head stand as its rows: nothing is repeated.
        packed = rows.reshape(-1, held, heads // held, width)
        made = scaled_dot_product_attention(packed, keys, values, attn_mask=many.mask, scale=scaling)
        out[many.rows] = made.reshape(-1, heads, width)


def _decoding(shelf: int, single: list[tuple[Segment, int]], device: torch.device) -> _Decoding:
    places = [s.slot.place for s, _ in single]
    lengths = [s.held + 1 for s, _ in single]
    longest = max(lengths)
    mask = None
    if min(lengths) < longest:
        seen = torch.tensor(lengths, device=device)[:, None]
        mask = (torch.arange(longest, device=device)[None] < seen)[:, None, None]
    return _Decoding(shelf, _span([r for _, r in single], device), _span(places, device), longest, mask)


def _span(numbers: list[int], device: torch.device) -> slice | torch.Tensor:
    """A view where numbers follow one another, else an index, which copies."""
    if numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        return slice(numbers[0], numbers[0] + len(numbers))
    return torch.tensor(numbers, device=device)


def _prefill(segment: Segment, start: int, device: torch.device) -> _Prefill:
    if segment.held == 0:
        return _Prefill(segment, start, None)
    until = segment.held + segment.tokens
    own = torch.arange(segment.held, until, device=device)[:, None]
    return _Prefill(segment, start, torch.arange(until, device=device)[None] <= own)


def _attend(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    slot_plan: Plan | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    if slot_plan is None:
        raise InvalidInput("This model runs in batches only.", "Ask the batching engine.")
    return slot_plan.attend(module.layer_idx, query[0], key[0], value[0], scaling)[None], None


def attend_by_slots(model: Any) -> Any:
    """The causal model with its attention by slots; `InvalidInput` for a family that attends otherwise."""
    from transformers import AttentionInterface

    config = model.config
    windowed = getattr(config, "use_sliding_window", False) or (
        config.model_type == "mistral" and getattr(config, "sliding_window", None)
    )
    if config.model_type not in FAMILIES or windowed:
        raise InvalidInput(
            f"Models of the family {config.model_type!r} are not served in batches.",
            'Serve it with `serving.engine = "single"`.',
        )
    AttentionInterface.register(NAME, _attend)
    model.set_attn_implementation(NAME)
    return model
