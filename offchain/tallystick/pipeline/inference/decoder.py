"""Forward passes of one decoder with one adapter, a row at a time: whole, after kept keys and values, or in two halves.

The layers below the lowest adapted one compute the same with the adapter on and off, so their outcome is kept for the
row that came last: the same text scored with the adapter, without it, and for its gradient passes through them once.
"""

from collections.abc import Sequence
from typing import Any

import torch

# Families whose layers may be run by hand: no scaled embeddings, no sliding windows.
_PLAIN = ("llama", "qwen2", "qwen3", "mistral")


class Decoder:
    """`model` is a causal model, alone or in a peft model; hidden states are fp32, shape (tokens, width)."""

    def __init__(self, model: Any) -> None:
        whole = causal(model)
        self._inner, self._head = whole.model, whole.lm_head
        self.cut = _cut(model) if _is_plain(model) else 0
        self._kept: tuple[tuple[int, ...], torch.Tensor] | None = None

    def hidden(self, ids: Sequence[int]) -> torch.Tensor:
        """Final hidden states of a row; with gradients where the caller has them enabled."""
        if self.cut:
            row = self._inner.norm(self._through(self._inner.layers[self.cut :], self.lower(ids)))
        else:
            row = self._inner(input_ids=torch.tensor([list(ids)]), use_cache=False).last_hidden_state
        first: torch.Tensor = row[0]
        return first

    def keeps(self, ids: Sequence[int]) -> bool:
        """Whether the lower half of this row need not be run again."""
        return self._kept is not None and self._kept[0] == tuple(ids)

    def lower(self, ids: Sequence[int]) -> torch.Tensor:
        """What the layers that no adapter changes make of a row, shape (1, tokens, width)."""
        key = tuple(ids)
        if self._kept is None or self._kept[0] != key:
            with torch.no_grad():
                rows = self._inner.embed_tokens(torch.tensor([list(ids)]))
                self._kept = key, self._through(self._inner.layers[: self.cut], rows)
        return self._kept[1]

    def hidden_after(self, cache: Any, kept: int, ids: Sequence[int]) -> torch.Tensor:
        """Final hidden states of `ids` after the first `kept` positions of a cache, which stays as it is."""
        from transformers import DynamicCache

        view = DynamicCache(
            [(layer.keys[..., :kept, :], layer.values[..., :kept, :]) for layer in cache.layers]
        )
        made = self._inner(
            input_ids=torch.tensor([list(ids)]),
            position_ids=torch.arange(kept, kept + len(ids))[None],
            past_key_values=view,
            use_cache=True,
        )
        row: torch.Tensor = made.last_hidden_state[0]
        return row

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """Shape (..., vocabulary), fp32."""
        made: torch.Tensor = self._head(hidden)
        return made.float()

    def log_probs(self, hidden: torch.Tensor, targets: Sequence[int]) -> torch.Tensor:
        """Of each target, nats; `hidden` has the rows that predict them."""
        logits = self.logits(hidden)
        told = logits.gather(-1, torch.tensor(list(targets))[:, None])[:, 0]
        found: torch.Tensor = told - logits.logsumexp(-1)
        return found

    def _through(self, layers: Any, hidden: torch.Tensor) -> torch.Tensor:
        positions = torch.arange(hidden.shape[1])[None]
        rotary = self._inner.rotary_emb(hidden, positions)
        for layer in layers:
            out = layer(hidden, attention_mask=None, position_embeddings=rotary, position_ids=positions)
            hidden = out[0] if isinstance(out, tuple) else out
        return hidden


def causal(model: Any) -> Any:
    """The causal model, where there is a peft model around it and where there is none."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def _is_plain(model: Any) -> bool:
    config = causal(model).config
    no_window = not getattr(config, "use_sliding_window", False) and not (
        config.model_type == "mistral" and getattr(config, "sliding_window", None)
    )
    return config.model_type in _PLAIN and no_window and config._attn_implementation == "sdpa"


def _cut(model: Any) -> int:
    """The lowest layer that the adapter changes; 0 where it changes what stands before them."""
    places = []
    for name, _ in model.named_parameters():
        if "lora_" in name:
            after = name.split(".layers.", 1)
            if len(after) < 2:
                return 0
            places.append(int(after[1].split(".", 1)[0]))
    return min(places, default=0)
