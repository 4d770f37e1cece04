"""The scorer that defines what is paid: CPU, fp32, one whole row at a time, nothing kept between rows."""

from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext
from typing import Any

import torch

from tallystick.errors import InvalidInput
from tallystick.pipeline.attribution.scorer import Messages

Encode = Callable[[Messages, Sequence[str]], list[int]]


class ReferenceScorer:
    """`model` is a peft model with LoRA weights, in fp32 on a CPU; `encode` makes prompts as the engine does.

    Slow on purpose: it is the library's own forward pass. `InvalidInput` for a model elsewhere or in other numbers.
    """

    def __init__(self, model: Any, encode: Encode) -> None:
        wrong = {f"{w.dtype} on {w.device}" for w in model.parameters() if not _is_reference(w)}
        if wrong:
            raise InvalidInput(
                f"The reference computes in fp32 on a CPU; this model has {', '.join(sorted(wrong))}.",
                "Load it with `load_as` and leave it on the CPU.",
            )
        self._model, self._encode = model.eval(), encode
        self._weights = [(_layer_of(n), w) for n, w in model.named_parameters() if "lora_" in n]

    def encode_prompt(self, messages: Messages, context: Sequence[str]) -> list[int]:
        return self._encode(messages, context)

    def logprob(
        self, prompts: Sequence[Sequence[int]], answer_ids: Sequence[int], *, adapter: bool = True
    ) -> list[float]:
        """Nats, summed over the answer's tokens in double precision."""
        with torch.no_grad(), nullcontext() if adapter else self._model.disable_adapter():
            return [float(_told(self._logits(p, answer_ids), answer_ids).sum()) for p in prompts]

    def hidden(self, prompt_ids: Sequence[int], answer_ids: Sequence[int]) -> torch.Tensor:
        """Final hidden states that predict each token of the answer, shape (tokens, width)."""
        inner = self._model.get_base_model().model
        with torch.no_grad():
            row = inner(input_ids=_row(prompt_ids, answer_ids), use_cache=False).last_hidden_state[0]
        states: torch.Tensor = row[len(prompt_ids) - 1 : -1]
        return states

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """Of the next token after each of these final hidden states, shape (tokens, vocabulary)."""
        with torch.no_grad():
            made: torch.Tensor = self._model.get_base_model().lm_head(hidden)
        return made

    def features(
        self, prompt_ids: Sequence[int], answer_ids: Sequence[int], layers: Collection[int] | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """As the engine's: the flat gradient of the mean negative log-likelihood, and the mean final hidden state."""
        chosen = [w for place, w in self._weights if layers is None or place in layers]
        for weight in chosen:
            weight.requires_grad_(True)
        try:
            with torch.enable_grad():
                loss = -_told(self._logits(prompt_ids, answer_ids), answer_ids).mean()
                found = torch.autograd.grad(loss, chosen)
        finally:
            for weight in chosen:
                weight.requires_grad_(False)
        return torch.cat([g.reshape(-1) for g in found]), self.hidden(prompt_ids, answer_ids).mean(0)

    def _logits(self, prompt: Sequence[int], answer: Sequence[int]) -> torch.Tensor:
        made = self._model.get_base_model()(
            input_ids=_row(prompt, answer), use_cache=False, logits_to_keep=len(answer) + 1
        )
        logits: torch.Tensor = made.logits[0, :-1]
        return logits


def _told(logits: torch.Tensor, answer: Sequence[int]) -> torch.Tensor:
    odds = logits.double().log_softmax(-1)
    return odds.gather(-1, torch.tensor(list(answer))[:, None])[:, 0]


def _row(prompt: Sequence[int], answer: Sequence[int]) -> torch.Tensor:
    return torch.tensor([[*prompt, *answer]])


def _is_reference(weight: torch.Tensor) -> bool:
    return bool(weight.dtype == torch.float32 and weight.device.type == "cpu")


def _layer_of(name: str) -> int:
    after = name.split(".layers.", 1)
    return int(after[1].split(".", 1)[0]) if len(after) > 1 else -1
