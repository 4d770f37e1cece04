"""A decoder as two halves: the lower layers, frozen and run once, and the upper ones, which adapters change."""

from collections.abc import Sequence
from typing import Any

import torch

from tallystick.errors import InvalidInput


class Halves:
    """Splits a Llama-like decoder below layer `cut`. Hidden states are fp32, shape (tokens, width).

    Texts that begin alike run as one row: what they share stands once in front, then each text's own part, which
    sees the shared part and itself. A chat's opening is a third of a short example, and nothing is padded.
    """

    def __init__(self, causal_model: Any, cut: int) -> None:
        self._inner, self._head = causal_model.model, causal_model.lm_head
        if not all(hasattr(self._inner, name) for name in ("layers", "embed_tokens", "rotary_emb", "norm")):
            raise InvalidInput(
                f"{type(causal_model).__name__} is not laid out like a Llama.",
                "Use a Llama, Qwen or Mistral model.",
            )
        self.cut = min(max(cut, 0), len(self._inner.layers))

    def lower(self, texts: Sequence[Sequence[int]], shared: int = 0) -> list[torch.Tensor]:
        """What the frozen half makes of texts whose first `shared` ids are the same."""
        with torch.no_grad():
            rows = [self._inner.embed_tokens(torch.tensor(list(t))) for t in texts]
            hidden = self._run(self._inner.layers[: self.cut], rows, shared)
        return [torch.cat([hidden[:shared], own]) for own in _parted(hidden, rows, shared)]

    def upper(self, rows: Sequence[torch.Tensor], shared: int = 0) -> list[torch.Tensor]:
        """Final hidden states of each text from position `shared` on."""
        final = self._inner.norm(self._run(self._inner.layers[self.cut :], rows, shared))
        return _parted(final, rows, shared)

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self._head(hidden)
        return made.float()

    def _run(self, layers: Any, rows: Sequence[torch.Tensor], shared: int) -> torch.Tensor:
        positions, mask = _layout([len(r) - shared for r in rows], shared)
        hidden = torch.cat([rows[0][:shared], *(r[shared:] for r in rows)])[None]
        rotary = self._inner.rotary_emb(hidden, positions[None])
        for layer in layers:
            out = layer(hidden, attention_mask=mask, position_embeddings=rotary)
            hidden = out[0] if isinstance(out, tuple) else out
        row: torch.Tensor = hidden[0]
        return row


def _layout(own: Sequence[int], shared: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Positions of the one row, and the additive mask that keeps each text to the shared part and itself."""
    positions = torch.cat([torch.arange(shared), *(torch.arange(shared, shared + n) for n in own)])
    text = torch.repeat_interleave(torch.arange(len(own) + 1), torch.tensor([shared, *own]))
    place = torch.arange(len(text))
    seen = ((text[None] == 0) | (text[None] == text[:, None])) & (place[None] <= place[:, None])
    mask = torch.zeros(seen.shape).masked_fill(~seen, torch.finfo(torch.float32).min)
    return positions, mask[None, None]


def _parted(row: torch.Tensor, rows: Sequence[torch.Tensor], shared: int) -> list[torch.Tensor]:
    return list(row[shared:].split([len(r) - shared for r in rows]))
