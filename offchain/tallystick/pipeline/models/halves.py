"""A decoder as two halves: the lower layers, frozen and run once, and the upper ones, which adapters change."""

from collections.abc import Sequence
from typing import Any

import torch

from tallystick.errors import InvalidInput


class Halves:
    """Splits a Llama-like decoder below layer `cut`. Hidden states are fp32, shape (tokens, width)."""

    def __init__(self, causal_model: Any, cut: int) -> None:
        self._inner, self._head = causal_model.model, causal_model.lm_head
        if not all(hasattr(self._inner, name) for name in ("layers", "embed_tokens", "rotary_emb", "norm")):
            raise InvalidInput(
                f"{type(causal_model).__name__} is not laid out like a Llama.",
                "Use a Llama, Qwen or Mistral model.",
            )
        self.cut = min(max(cut, 0), len(self._inner.layers))

    def lower(self, texts: Sequence[Sequence[int]]) -> list[torch.Tensor]:
        """What the frozen half makes of several texts; the padding on the right is cut off again."""
        width = max(len(t) for t in texts)
        ids = torch.tensor([[*t, *[0] * (width - len(t))] for t in texts])
        with torch.no_grad():
            hidden = self._run(self._inner.layers[: self.cut], self._inner.embed_tokens(ids))
        return [row[: len(t)].clone() for row, t in zip(hidden, texts, strict=True)]

    def upper(self, rows: Sequence[torch.Tensor]) -> torch.Tensor:
        """Final hidden states of several texts, right-padded; causal attention never reads the padding."""
        width = max(len(r) for r in rows)
        padded = torch.stack([torch.nn.functional.pad(r, (0, 0, 0, width - len(r))) for r in rows])
        final: torch.Tensor = self._inner.norm(self._run(self._inner.layers[self.cut :], padded))
        return final

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self._head(hidden)
        return made.float()

    def _run(self, layers: Any, hidden: torch.Tensor) -> torch.Tensor:
        rotary = self._inner.rotary_emb(hidden, torch.arange(hidden.shape[1])[None])
        for layer in layers:
            out = layer(hidden, attention_mask=None, position_embeddings=rotary)
            hidden = out[0] if isinstance(out, tuple) else out
        return hidden
