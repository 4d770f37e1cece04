"""The logits with which a model predicts given tokens, its adapter on or off. For judging, one text at a time."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import torch


def predicted(
    model: Any, prompt: Sequence[int], answer: Sequence[int], *, adapter: bool = True
) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits of shape (answer tokens, vocabulary) with the answer's ids; `prompt` has one id at least."""
    is_on = adapter or not hasattr(model, "disable_adapter")
    device = next(model.parameters()).device
    with torch.no_grad(), nullcontext() if is_on else model.disable_adapter():
        made = model(input_ids=torch.tensor([[*prompt, *answer]], device=device), use_cache=False).logits
    # Virtual tokens may stand in front, so places count from the end; a token is predicted one place earlier.
    return made[0, -len(answer) - 1 : -1].float().cpu(), torch.tensor(list(answer))
