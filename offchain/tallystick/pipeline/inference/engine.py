"""Answers and scores with one model and one adapter, fp32 on a CPU. One call at a time; the caller may share it."""

import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol

import torch

from tallystick.errors import DeadlinePassed, InvalidInput, PromptTooLong
from tallystick.pipeline.inference.decoder import Decoder, causal
from tallystick.pipeline.inference.recall import Recall, Trace
from tallystick.pipeline.inference.sampling import GeneratedToken, Sampler
from tallystick.pipeline.inference.wording import Wording

Messages = Sequence[dict[str, str]]


class Chat(Protocol):
    end_id: int

    def prompt_ids(self, messages: Messages) -> list[int]: ...
    def answer_ids(self, text: str) -> list[int]: ...
    def decode(self, ids: Sequence[int]) -> str: ...


class Engine:
    """`model` is a peft model whose adapter can be switched off, so that base and adapter score alike, or a model alone.

    Adapters that are virtual tokens stand before a prompt of any length, so theirs run one by one, unpadded.
    """

    def __init__(self, model: Any, chat: Chat) -> None:
        self._model, self._chat = model.eval(), chat
        told = getattr(model, "active_peft_config", None)
        self._is_virtual = bool(told is not None and told.is_prompt_learning)
        self._lock = threading.RLock()
        self._weights = [(_layer_of(n), p) for n, p in model.named_parameters() if "lora_" in n]
        self._decoder = Decoder(model)
        self._recall: Recall | None = None

    @property
    def model(self) -> Any:
        """The model with its adapter: for reading, as this engine goes on answering with it."""
        return self._model

    def matrices(self) -> tuple[tuple[str, int], ...]:
        """Name and size of every LoRA matrix, in the order in which `features` lays them out."""
        return tuple((n, p.numel()) for n, p in self._model.named_parameters() if "lora_" in n)

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
            raise PromptTooLong(
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
        top_p: float = 1.0,
        seed: int = 0,
        stop: Sequence[str] = (),
        logprobs: int = 0,
        tenant: str = "",
        deadline_s: float | None = None,
    ) -> Iterator[GeneratedToken]:
        """Tokens as they come, the end mark included; closing the iterator stops the work.

        Threads may iterate at once, a step each in turn; all tenants are alike. `DeadlinePassed` after `deadline_s`.
        """
        sampler = Sampler(temperature, top_p, seed, logprobs)
        wording = Wording(self._chat, stop, max_new_tokens)
        until = None if deadline_s is None else time.monotonic() + deadline_s
        feed = list(prompt_ids)
        self._recall = recall = Recall(tuple(prompt_ids))
        for _ in range(max_new_tokens):
            check_deadline(until)
            logits, hidden = self._next(feed, recall)
            chosen = sampler.choose(logits)
            recall.note(chosen.token_id, logits, hidden)
            feed = [chosen.token_id]
            piece = wording.add(chosen.token_id)
            yield GeneratedToken(chosen.token_id, piece, chosen.logprob, chosen.top)
            if wording.has_ended:
                return

    def generate_many(
        self, prompts: Sequence[Sequence[int]], max_new_tokens: int, *, adapter: bool = True
    ) -> list[str]:
        """Greedy answers of a left-padded group of prompts; for evaluation."""
        if self._is_virtual and adapter:
            made = ("".join(t.text for t in self.generate(p, max_new_tokens)) for p in prompts)
            return [text.strip() for text in made]
        model = causal(self._model) if self._is_virtual else self._model
        ids, mask = _left_padded(prompts)
        with self._lock, torch.no_grad(), self._switched(adapter):
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
        """Log-probability of the answer after each prompt, nats summed over its tokens.

        What a prompt shares with the last generation's is not run again. Each row runs alone, unpadded.
        """
        if not answer_ids:
            return [0.0] * len(prompts)
        if self._is_virtual and adapter:
            return [self._virtual_logprob(prompt, answer_ids) for prompt in prompts]
        return [self._logprob(prompt, answer_ids, adapter) for prompt in prompts]

    def _logprob(self, prompt: Sequence[int], answer_ids: Sequence[int], adapter: bool) -> float:
        recall = self._recall
        told = recall.trace(prompt, answer_ids) if adapter and recall else None
        if told is not None:
            return sum(told.logprobs)
        with self._lock, torch.no_grad(), self._switched(adapter):
            hidden = self._predicting(prompt, answer_ids, adapter)
            return float(self._decoder.log_probs(hidden, answer_ids).double().sum())

    def _predicting(self, prompt: Sequence[int], answer_ids: Sequence[int], adapter: bool) -> torch.Tensor:
        """Final hidden states that predict each token of the answer."""
        row = [*prompt, *answer_ids[:-1]]
        recall = None if self._decoder.keeps(row) or not adapter else self._recall
        if recall is not None and (kept := recall.shared(prompt)):
            return self._decoder.hidden_after(recall.cache, kept, row[kept:])[-len(answer_ids) :]
        return self._decoder.hidden(row)[-len(answer_ids) :]

    def trace(self, prompt_ids: Sequence[int], answer_ids: Sequence[int]) -> Trace:
        """Log-probabilities and hidden states of an answer: of the generation that just made it, else of one prefill.

        `InvalidInput` for an answer without tokens, and for an adapter of virtual tokens.
        """
        self._check_matrices()
        if not answer_ids:
            raise InvalidInput("An answer without tokens has no trace.", "Ask for one token at least.")
        recall = self._recall
        told = recall.trace(prompt_ids, answer_ids) if recall else None
        if told is not None:
            return told
        with self._lock, torch.no_grad():
            hidden = self._predicting(prompt_ids, answer_ids, True)
            found = self._decoder.log_probs(hidden, answer_ids)
        return Trace(tuple(found.tolist()), hidden.numpy())

    @contextmanager
    def recalling(self, recall: Recall | None) -> Iterator[None]:
        """Scores within the block may start from what another engine's answer left; nobody else scores meanwhile."""
        with self._lock:
            self._recall = recall
            try:
                yield
            finally:
                self._recall = None

    def forget(self) -> None:
        """Drop what the last generation left; for whoever changes the adapter's weights in place."""
        self._recall = None

    def _virtual_logprob(self, prompt: Sequence[int], answer_ids: Sequence[int]) -> float:
        ids, told = torch.tensor([[*prompt, *answer_ids]]), len(answer_ids)
        with self._lock, torch.no_grad():
            logits = self._model(input_ids=ids, use_cache=False, logits_to_keep=told + 1).logits
        odds = logits[0, -told - 1 : -1].float().log_softmax(-1)
        return float(odds.gather(-1, torch.tensor(list(answer_ids))[:, None]).sum())

    def features(
        self, prompt_ids: Sequence[int], answer_ids: Sequence[int], layers: Collection[int] | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Of one answer: the gradient of its mean negative log-likelihood over LoRA weights, flat, and the mean final
        hidden state over the positions that predict it. The fewer `layers`, and the higher, the cheaper; None: all.

        `InvalidInput` for an adapter of virtual tokens, and for layers that it does not change.
        """
        self._check_matrices()
        chosen = [w for place, w in self._weights if layers is None or place in layers]
        if not chosen:
            raise InvalidInput(f"The adapter changes no layer of {sorted(layers or ())}.", "Ask for others.")
        with self._lock, torch.enable_grad(), _tracked(chosen):
            hidden = self._decoder.hidden([*prompt_ids, *answer_ids[:-1]])[-len(answer_ids) :]
            loss = -self._decoder.log_probs(hidden, answer_ids).mean()
            found = torch.autograd.grad(loss, chosen)
        return torch.cat([g.reshape(-1) for g in found]), hidden.detach().mean(0)

    def _check_matrices(self) -> None:
        if self._is_virtual:
            raise InvalidInput(
                "An adapter of virtual tokens has no LoRA weights to weigh records by.", "Use a LoRA method."
            )

    def _next(self, feed: Sequence[int], recall: Recall) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits of the next token and the hidden state that they come from."""
        ids, cache = torch.tensor([list(feed)]), recall.cache
        with self._lock, torch.no_grad():
            if self._is_virtual and cache is None:
                # peft puts the virtual tokens into the cache
                out = self._model(input_ids=ids, use_cache=True, logits_to_keep=1, output_hidden_states=True)
                recall.cache = out.past_key_values
                return out.logits[0, -1].float(), out.hidden_states[-1][0, -1].clone()
            inner = causal(self._model).model
            out = inner(input_ids=ids, past_key_values=cache, use_cache=True)
            recall.cache, hidden = out.past_key_values, out.last_hidden_state[0, -1].clone()
            return self._decoder.logits(hidden), hidden

    def _switched(self, adapter: bool) -> AbstractContextManager[Any]:
        return nullcontext() if adapter or self._is_virtual else self._model.disable_adapter()


@contextmanager
def _tracked(weights: Sequence[torch.Tensor]) -> Iterator[None]:
    for weight in weights:
        weight.requires_grad_(True)
    try:
        yield
    finally:
        for weight in weights:
            weight.requires_grad_(False)


def _layer_of(name: str) -> int:
    """A weight's layer, -1 where it stands in none."""
    after = name.split(".layers.", 1)
    return int(after[1].split(".", 1)[0]) if len(after) > 1 else -1


def _left_padded(rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    width = max(len(r) for r in rows)
    ids = torch.tensor([[0] * (width - len(r)) + list(r) for r in rows])
    mask = torch.tensor([[0] * (width - len(r)) + [1] * len(r) for r in rows])
    return ids, mask


def check_deadline(until: float | None) -> None:
    """`until` is of the monotonic clock, seconds."""
    if until is not None and time.monotonic() >= until:
        raise DeadlinePassed(
            "The answer did not end before its deadline.", "Allow more time, or ask for fewer tokens."
        )
