"""The reference's model on rows of another shape: beside another, padded on the left, as a batching server has it."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import torch

PADDING = 23


class Batched:
    """Scores as the reference does, each row padded and beside one of half its length."""

    def __init__(self, reference: Any) -> None:
        self._reference, self._model = reference, reference._model

    def encode_prompt(self, messages: Any, context: Sequence[str]) -> list[int]:
        ids: list[int] = self._reference.encode_prompt(messages, context)
        return ids

    def features(self, prompt_ids: Sequence[int], answer_ids: Sequence[int]) -> Any:
        return self._reference.features(prompt_ids, answer_ids)

    def logprob(
        self, prompts: Sequence[Sequence[int]], answer_ids: Sequence[int], *, adapter: bool = True
    ) -> list[float]:
        with torch.no_grad(), nullcontext() if adapter else self._model.disable_adapter():
            return [self._one(p, answer_ids) for p in prompts]

    def _one(self, prompt: Sequence[int], answer: Sequence[int]) -> float:
        odds = self.logits(prompt, answer).double().log_softmax(-1)
        return float(odds.gather(-1, torch.tensor(list(answer))[:, None]).sum())

    def logits(self, prompt: Sequence[int], answer: Sequence[int]) -> torch.Tensor:
        """Before each token of the answer, shape (tokens, vocabulary)."""
        row = [*prompt, *answer]
        rows, width = [row, row[: len(row) // 2 + 1]], len(row) + PADDING
        ids = torch.tensor([[0] * (width - len(r)) + list(r) for r in rows])
        mask = torch.tensor([[0] * (width - len(r)) + [1] * len(r) for r in rows])
        made = self._model.get_base_model()(
            input_ids=ids,
            attention_mask=mask,
            position_ids=(mask.cumsum(1) - 1).clamp(min=0),
            use_cache=False,
            logits_to_keep=len(answer) + 1,
        )
        rows_before: torch.Tensor = made.logits[0, :-1]
        return rows_before
