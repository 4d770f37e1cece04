"""What a generation leaves behind: its keys and values, and for each token its log-probability and hidden state."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

# Below this many shared tokens a row is cheaper to run whole: its lower half may be kept.
WORTH = 16


@dataclass(frozen=True, slots=True)
class Trace:
    """Of an answer's tokens: log-probabilities, nats, and the final hidden states that predict them, (tokens, width)."""

    logprobs: tuple[float, ...]
    hidden: NDArray[np.float32]


@dataclass(slots=True)
class Recall:
    """Filled while a generation runs; read once it has ended or was closed."""

    prompt: tuple[int, ...]
    cache: Any = None
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    hidden: list[torch.Tensor] = field(default_factory=list)

    def note(self, token: int, logits: torch.Tensor, hidden: torch.Tensor) -> None:
        self.tokens.append(token)
        self.logprobs.append(float(logits[token] - logits.logsumexp(-1)))
        self.hidden.append(hidden)

    def trace(self, prompt: Sequence[int], answer: Sequence[int]) -> Trace | None:
        """Of this very answer to this very prompt, else None."""
        if tuple(prompt) != self.prompt or list(answer) != self.tokens:
            return None
        return Trace(tuple(self.logprobs), torch.stack(self.hidden).numpy())

    def shared(self, prompt: Sequence[int]) -> int:
        """How many leading tokens of a prompt are kept, its last one never; 0 where that is too few to be worth it."""
        if self.cache is None:
            return 0
        most = min(len(self.prompt), len(prompt) - 1)
        same = next((n for n in range(most) if self.prompt[n] != prompt[n]), most)
        return same if same >= WORTH else 0
