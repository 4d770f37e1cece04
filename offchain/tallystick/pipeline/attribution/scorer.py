"""What attribution asks of a model."""

from collections.abc import Sequence
from typing import Protocol

import torch

Messages = Sequence[dict[str, str]]


class Scorer(Protocol):
    """The inference engine, as the reference scorer: CPU, fp32."""

    def encode_prompt(self, messages: Messages, context: Sequence[str]) -> list[int]: ...
    def logprob(
        self, prompts: Sequence[Sequence[int]], answer_ids: Sequence[int], *, adapter: bool = True
    ) -> list[float]: ...
    def features(
        self, prompt_ids: Sequence[int], answer_ids: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]: ...
