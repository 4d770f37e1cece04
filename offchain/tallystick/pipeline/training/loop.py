"""The training loop: LoRA over a frozen 4-bit base, loss on answers only. Same seed and threads, same adapter."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch.nn import functional

from tallystick.errors import InvalidInput
from tallystick.pipeline.training.recipe import TrainingRecipe

Progress = Callable[[int, int, float, float], None]


class Chat(Protocol):
    def prompt_ids(self, messages: Sequence[dict[str, str]]) -> list[int]: ...
    def answer_ids(self, text: str) -> list[int]: ...


class Halves(Protocol):
    """The decoder in two parts; see `pipeline.models.halves`."""

    cut: int

    def lower(self, texts: Sequence[Sequence[int]]) -> list[torch.Tensor]: ...
    def upper(self, rows: Sequence[torch.Tensor]) -> torch.Tensor: ...
    def logits(self, hidden: torch.Tensor) -> torch.Tensor: ...


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt with its answer; `start` is the position of the answer's first token."""

    ids: list[int]
    start: int


@dataclass(frozen=True, slots=True)
class Cached:
    """An example with what the frozen half made of it."""

    example: Example
    hidden: torch.Tensor


@dataclass(frozen=True, slots=True)
class Trained:
    """The model with its adapter on, the LoRA arguments, and how it went."""

    model: Any
    lora: dict[str, Any]
    losses: tuple[float, ...]
    seconds: float
    tokens: int


def examples_of(pairs: Sequence[tuple[str, str]], chat: Chat) -> list[Example]:
    """One example per (question, answer)."""
    found = []
    for question, answer in pairs:
        prompt = chat.prompt_ids([{"role": "user", "content": question}])
        found.append(Example(prompt + chat.answer_ids(answer), len(prompt)))
    return found


def train(
    base: Any,
    halves: Callable[[Any, int], Halves],
    examples: Sequence[Example],
    recipe: TrainingRecipe,
    progress: Progress,
) -> Trained:
    """Put a LoRA adapter on `base` (changed in place) and train it; `progress(step, steps, loss, tokens/s)`."""
    if not examples:
        raise InvalidInput(
            "There is nothing to train on.", "Give a data set with question and answer columns."
        )
    torch.manual_seed(recipe.seed)
    lora = lora_arguments(base, recipe)
    model = _wrapped(base, lora)
    weights = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    steps = recipe.epochs * -(-len(examples) // recipe.minibatch)
    start, tokens, losses = time.monotonic(), 0, []
    parts = halves(model.get_base_model(), lora["layers_to_transform"][0])
    cached = _cached(parts, examples)
    for step, minibatch in enumerate(_minibatches(cached, recipe)):
        for group in optimiser.param_groups:
            group["lr"] = recipe.learning_rate * _schedule(step, steps, recipe.warmup)
        loss = answer_loss(parts, minibatch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        losses.append(float(loss.detach()))
        tokens += sum(len(c.example.ids) for c in minibatch)
        progress(step + 1, steps, losses[-1], tokens / (time.monotonic() - start))
    return Trained(model.eval(), lora, tuple(losses), time.monotonic() - start, tokens)


def lora_arguments(base: Any, recipe: TrainingRecipe) -> dict[str, Any]:
    """What peft is given, and what the adapter's configuration says."""
    count = base.config.num_hidden_layers
    first = max(count - recipe.layers, 0)
    return {
        "r": recipe.rank,
        "lora_alpha": recipe.alpha,
        "lora_dropout": 0.0,
        "target_modules": list(recipe.targets),
        "layers_to_transform": list(range(first, count)),
        "bias": "none",
        "task_type": "CAUSAL_LM",
    }


def answer_loss(parts: Halves, minibatch: Sequence[Cached]) -> torch.Tensor:
    """Mean negative log-likelihood of the answers' tokens, nats; the head runs at answer positions alone."""
    final = parts.upper([c.hidden for c in minibatch])
    at = torch.cat([final[i, c.example.start - 1 : len(c.hidden)] for i, c in enumerate(minibatch)])
    target = torch.tensor([t for c in minibatch for t in c.example.ids[c.example.start :]])
    return functional.cross_entropy(parts.logits(at), target)


def _cached(parts: Halves, examples: Sequence[Example]) -> list[Cached]:
    """The frozen half runs once an example, in groups of like length."""
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].ids))
    made: dict[int, Cached] = {}
    for k in range(0, len(order), 16):
        group = order[k : k + 16]
        rows = parts.lower([examples[i].ids[:-1] for i in group])
        made.update({i: Cached(examples[i], row) for i, row in zip(group, rows, strict=True)})
    return [made[i] for i in range(len(examples))]


def _wrapped(base: Any, lora: dict[str, Any]) -> Any:
    from peft import LoraConfig, get_peft_model

    try:
        return get_peft_model(base, LoraConfig(**lora)).train()
    except ValueError as error:
        raise InvalidInput(
            f"The recipe does not fit this model: {error}.", "Name its layers in `targets`."
        ) from error


def _minibatches(examples: Sequence[Cached], recipe: TrainingRecipe) -> list[list[Cached]]:
    """Shuffled each epoch; neighbours in length share a minibatch, so that padding is small."""
    order = random.Random(recipe.seed)
    made: list[list[Cached]] = []
    for _ in range(recipe.epochs):
        shuffled = order.sample(list(examples), len(examples))
        window = recipe.minibatch * 8
        epoch: list[list[Cached]] = []
        for k in range(0, len(shuffled), window):
            near = sorted(shuffled[k : k + window], key=lambda c: len(c.hidden))
            epoch += [near[i : i + recipe.minibatch] for i in range(0, len(near), recipe.minibatch)]
        made += order.sample(epoch, len(epoch))
    return made


def _schedule(step: int, steps: int, warmup: float) -> float:
    ramp = max(int(steps * warmup), 1)
    return min((step + 1) / ramp, (steps - step) / max(steps - ramp, 1), 1.0)
