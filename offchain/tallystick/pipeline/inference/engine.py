"""Answers and scores with one model and one adapter, fp32 on a CPU. One call at a time; the caller may share it."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from tallystick.errors import InvalidInput

Messages = Sequence[dict[str, str]]


class Chat(Protocol):
    end_id: int

    def prompt_ids(self, messages: Messages) -> list[int]: ...
    def answer_ids(self, text: str) -> list[int]: ...
    def decode(self, ids: Sequence[int]) -> str: ...


@dataclass(frozen=True, slots=True)
class GeneratedToken:
    """A token and the text that became certain with it; text may lag while a character is incomplete."""

    token_id: int
    text: str


class Engine:
    """`model` is a peft model whose adapter can be switched off, so that base and adapter score alike.

    Adapters that are virtual tokens stand before a prompt of any length, so theirs run one by one, unpadded.
    """

    def __init__(self, model: Any, chat: Chat) -> None:
        self._model, self._chat = model.eval(), chat
        told = getattr(model, "active_peft_config", None)
        self._is_virtual = bool(told is not None and told.is_prompt_learning)
        self._lock = threading.RLock()
        self._weights = [p for n, p in model.named_parameters() if "lora_" in n]

    def encode_prompt(self, messages: Messages, context: Sequence[str]) -> list[int]:
        """Prompt ids; passages go in front of the last question. Control tokens in any text are plain text."""
        if not context:
            return self._fitting(self._chat.prompt_ids(messages))
        passages = "\n".join(f"Passage: {text}" for text in context)
        last = messages[-1]
        asked = f"Use the passages to answer.\n{passages}\nQuestion: {last['content']}"
        return self._fitting(
            self._chat.prompt_ids([*messages[:-1], {"role": last["role"], "content": asked}])
        )

    def _fitting(self, prompt_ids: list[int]) -> list[int]:
        limit = self._model.config.max_position_embeddings
        if len(prompt_ids) >= limit:
            raise InvalidInput(
                f"The prompt has {len(prompt_ids)} tokens; this model reads {limit}.",
                "Shorten the conversation.",
            )
        return prompt_ids

    def generate(
        self,
        prompt_ids: Sequence[int],
        max_new_tokens: int,
        *,
        temperature: float = 0.0,
        seed: int = 0,
        stop: Sequence[str] = (),
    ) -> Iterator[GeneratedToken]:
        """Tokens as they come, the end mark included; closing the iterator stops the work."""
        draw = torch.Generator().manual_seed(seed)
        feed, cache, made, shown = list(prompt_ids), None, [], ""
        for _ in range(max_new_tokens):
            logits, cache = self._next(feed, cache)
            token = _choose(logits, temperature, draw)
            made.append(token)
            feed = [token]
            text = self._chat.decode(made)
            cut = min((text.find(s) for s in stop if s in text), default=-1)
            text = text[:cut] if cut >= 0 else text
            ended = token == self._chat.end_id or cut >= 0 or len(made) == max_new_tokens
            certain = text if ended else _certain(text, stop)
            piece = certain[len(shown) :] if certain.startswith(shown) else ""
            shown += piece
            yield GeneratedToken(token, piece)
            if ended:
                return

    def generate_many(
        self, prompts: Sequence[Sequence[int]], max_new_tokens: int, *, adapter: bool = True
    ) -> list[str]:
        """Greedy answers of a left-padded group of prompts; for evaluation."""
        if self._is_virtual and adapter:
            made = ("".join(t.text for t in self.generate(p, max_new_tokens)) for p in prompts)
            return [text.strip() for text in made]
        model = self._model.get_base_model() if self._is_virtual else self._model
        ids, mask = _left_padded(prompts)
        with self._lock, torch.no_grad(), self._switched(adapter or self._is_virtual):
            out = model.generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=max_new_tokens,
                do_sample=False,
                temperature=None,
                top_p=None,
                top_k=None,
                eos_token_id=self._chat.end_id,
                pad_token_id=self._chat.end_id,
            )
        return [self._chat.decode(row[ids.shape[1] :].tolist()).strip() for row in out]

    def logprob(
        self, prompts: Sequence[Sequence[int]], answer_ids: Sequence[int], *, adapter: bool = True
    ) -> list[float]:
        """Log-probability of the answer after each prompt, nats summed over its tokens."""
        if not answer_ids:
            return [0.0] * len(prompts)
        if self._is_virtual and adapter:
            return [self._virtual_logprob(prompt, answer_ids) for prompt in prompts]
        ids, mask = _left_padded([[*p, *answer_ids] for p in prompts])
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        with self._lock, torch.no_grad(), self._switched(adapter or self._is_virtual):
            inner = self._model.get_base_model()
            hidden = inner.model(
                input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=False
            ).last_hidden_state
            logits = inner.lm_head(hidden[:, -len(answer_ids) - 1 : -1]).float()
        target = torch.tensor(list(answer_ids))[None, :, None].expand(len(prompts), -1, 1)
        return [float(v) for v in logits.log_softmax(-1).gather(-1, target).sum((1, 2))]

    def _virtual_logprob(self, prompt: Sequence[int], answer_ids: Sequence[int]) -> float:
        ids, told = torch.tensor([[*prompt, *answer_ids]]), len(answer_ids)
        with self._lock, torch.no_grad():
            logits = self._model(input_ids=ids, use_cache=False, logits_to_keep=told + 1).logits
        odds = logits[0, -told - 1 : -1].float().log_softmax(-1)
        return float(odds.gather(-1, torch.tensor(list(answer_ids))[:, None]).sum())

    def features(
        self, prompt_ids: Sequence[int], answer_ids: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Of one answer: the gradient of its mean negative log-likelihood over all LoRA weights, flat, and the mean
        final hidden state over the positions that predict it. `InvalidInput` for an adapter of virtual tokens."""
        if self._is_virtual:
            raise InvalidInput(
                "An adapter of virtual tokens has no LoRA weights to weigh records by.", "Use a LoRA method."
            )
        with self._lock, torch.enable_grad():
            for weight in self._weights:
                weight.requires_grad_(True)
                weight.grad = None
            hidden = self._hidden(prompt_ids, answer_ids)
            logits = self._model.get_base_model().lm_head(hidden).float()
            torch.nn.functional.cross_entropy(logits, torch.tensor(list(answer_ids))).backward()
            flat = torch.cat([w.grad.reshape(-1) for w in self._weights if w.grad is not None])
            for weight in self._weights:
                weight.requires_grad_(False)
                weight.grad = None
        return flat, hidden.detach().mean(0)

    def _hidden(self, prompt_ids: Sequence[int], answer_ids: Sequence[int]) -> torch.Tensor:
        ids = torch.tensor([[*prompt_ids, *answer_ids]])
        hidden = self._model.get_base_model().model(input_ids=ids, use_cache=False).last_hidden_state
        return hidden[0, len(prompt_ids) - 1 : -1]

    def _next(self, feed: Sequence[int], cache: Any) -> tuple[torch.Tensor, Any]:
        with self._lock, torch.no_grad():
            ids, kept = torch.tensor([list(feed)]), {"use_cache": True, "logits_to_keep": 1}
            if self._is_virtual and cache is None:
                out = self._model(input_ids=ids, **kept)  # peft puts the virtual tokens into the cache
            else:
                out = self._model.get_base_model()(input_ids=ids, past_key_values=cache, **kept)
        return out.logits[0, -1].float(), out.past_key_values

    def _switched(self, adapter: bool) -> Any:
        import contextlib

        return contextlib.nullcontext() if adapter else self._model.disable_adapter()


def _left_padded(rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    width = max(len(r) for r in rows)
    ids = torch.tensor([[0] * (width - len(r)) + list(r) for r in rows])
    mask = torch.tensor([[0] * (width - len(r)) + [1] * len(r) for r in rows])
    return ids, mask


def _certain(text: str, stop: Sequence[str]) -> str:
    """What later tokens cannot take back: no half character, and no beginning of a stop."""
    text = text.rstrip("\ufffd")
    begun = [n for s in stop for n in range(1, len(s)) if text.endswith(s[:n])]
    return text[: len(text) - max(begun, default=0)]


def _choose(logits: torch.Tensor, temperature: float, draw: torch.Generator) -> int:
    if temperature <= 0:
        return int(logits.argmax())
    spread = (
        logits - logits.max()
    ).double() / temperature  # at most 0: no temperature, however low, overflows
    return int(torch.multinomial(spread.softmax(-1), 1, generator=draw))
