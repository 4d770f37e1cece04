"""The training loop: LoRA over a frozen 4-bit base, loss on answers only. Same seed and threads, same adapter."""

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch
from torch.nn import functional

from tallystick.errors import InvalidInput
from tallystick.pipeline.training.checkpoint import Checkpoints, Mark
from tallystick.pipeline.training.method_config import adapted, lora_arguments
from tallystick.pipeline.training.packing import Filling
from tallystick.pipeline.training.recipe import MOST_REWORDINGS, TrainingRecipe
from tallystick.pipeline.training.rewording import reworded
from tallystick.pipeline.training.steps import Progress, run_steps, trainable

CACHE_BYTES = 2**30
MOST_TOKENS = 2048
REWORDING_SEED = 20_261_121


class Chat(Protocol):
    def prompt_ids(self, messages: Sequence[dict[str, str]]) -> list[int]: ...
    def answer_ids(self, text: str) -> list[int]: ...


class Halves(Protocol):
    """The decoder in two parts; see `pipeline.models.halves`."""

    cut: int

    def lower(self, texts: Sequence[Sequence[int]], shared: int = 0) -> list[torch.Tensor]: ...
    def upper(self, rows: Sequence[torch.Tensor], shared: int = 0) -> list[torch.Tensor]: ...
    def logits(self, hidden: torch.Tensor) -> torch.Tensor: ...


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt with its answer; `start` is the position of the answer's first token. `reworded` ask it otherwise."""

    ids: list[int]
    start: int
    reworded: tuple["Example", ...] = ()


@dataclass(frozen=True, slots=True)
class Trained:
    """The model with its adapter on, peft's arguments, and how it went; `positions` are the tokens and their padding."""

    model: Any
    lora: dict[str, Any]
    losses: tuple[float, ...]
    seconds: float
    tokens: int
    positions: int = 0

    @classmethod
    def of(cls, model: Any, arguments: dict[str, Any], mark: Mark) -> "Trained":
        return cls(model.eval(), arguments, mark.losses, mark.seconds, mark.real, mark.positions)


def examples_of(pairs: Sequence[tuple[str, str]], chat: Chat) -> list[Example]:
    """One example per (question, answer), with as many rewordings of the question as a recipe may ask for."""
    draw = random.Random(REWORDING_SEED)
    return [
        replace(
            _example(place, question, answer, chat),
            reworded=tuple(
                _example(place, reworded(question, draw), answer, chat) for _ in range(MOST_REWORDINGS)
            ),
        )
        for place, (question, answer) in enumerate(pairs)
    ]


def _example(place: int, question: str, answer: str, chat: Chat) -> Example:
    prompt = chat.prompt_ids([{"role": "user", "content": question}])
    ids = prompt + chat.answer_ids(answer)
    if len(ids) > MOST_TOKENS:
        raise InvalidInput(
            f"Record {place} has {len(ids)} tokens: too long to train on.",
            f"Split it: question and answer take at most {MOST_TOKENS} tokens together.",
        )
    return Example(ids, len(prompt))


def train(
    base: Any,
    halves: Callable[[Any, int], Halves],
    examples: Sequence[Example],
    recipe: TrainingRecipe,
    progress: Progress,
    saved: Checkpoints | None = None,
) -> Trained:
    """Put a LoRA adapter on `base` (changed in place) and train it, from the newest checkpoint of `saved` on.

    `progress(step, steps, loss, tokens/s)` is called after every step; what it raises ends the training.
    """
    if not examples:
        raise InvalidInput(
            "There is nothing to train on.", "Give a data set with question and answer columns."
        )
    if not recipe.in_halves:
        raise InvalidInput(
            f"A recipe for {recipe.method} over the whole decoder is not for this loop.",
            "Say `halves = true`, with a LoRA method.",
        )
    torch.manual_seed(recipe.seed)
    lora = lora_arguments(base, recipe)
    model = adapted(base, recipe)
    steps = recipe.epochs * -(-len(examples) // recipe.minibatch)
    frozen = Frozen(halves(model.get_base_model(), lora["layers_to_transform"][0]), shared_start(examples))
    drawn = _minibatches(examples, recipe)
    mark = run_steps(trainable(model), recipe, drawn, steps, _Answers(frozen), progress, saved)
    return Trained.of(model, lora, mark)


@dataclass(frozen=True, slots=True)
class _Answers:
    """Learns answers over frozen lower layers."""

    frozen: "Frozen"

    def learn(self, minibatch: Sequence[Example], /) -> tuple[float, Filling]:
        loss = answer_loss(self.frozen, minibatch)
        loss.backward()
        return float(loss.detach()), Filling(sum(len(e.ids) for e in minibatch))

    def recall(self, minibatch: Sequence[Example], /) -> None:
        # A row's bits depend on its neighbours, so what was remembered is made again with the same ones.
        for group in packed(minibatch):
            self.frozen.remember(group)


class Frozen:
    """The decoder's halves with a memory of what the lower one made, up to CACHE_BYTES; beyond, it runs again."""

    def __init__(self, parts: Halves, shared: int) -> None:
        self.parts, self.shared = parts, shared
        self._made: dict[int, torch.Tensor] = {}
        self._bytes = 0

    def remember(self, examples: Sequence[Example]) -> None:
        """What `rows` would keep of them."""
        if self._bytes < CACHE_BYTES:
            self.rows(examples)

    def rows(self, examples: Sequence[Example]) -> list[torch.Tensor]:
        """Hidden states below the adapted layers, one row an example; its last id is only ever predicted."""
        new = {id(e): e for e in examples if id(e) not in self._made}
        fresh: dict[int, torch.Tensor] = {}
        if new:
            made = self.parts.lower([e.ids[:-1] for e in new.values()], self.shared)
            fresh = dict(zip(new, made, strict=True))
        found = [fresh.get(id(e), self._made.get(id(e))) for e in examples]
        if self._bytes < CACHE_BYTES:
            self._made |= fresh
            self._bytes += sum(row.nbytes for row in fresh.values())
        return [row for row in found if row is not None]


def shared_start(examples: Sequence[Example]) -> int:
    """How many first ids all examples and their rewordings share, short of any answer's first prediction."""
    forms = [form for e in examples for form in (e, *e.reworded)]
    first, last = min(f.ids for f in forms), max(f.ids for f in forms)
    same = sum(
        1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    )
    return min(same, *(f.start - 1 for f in forms))


def answer_loss(frozen: Frozen, minibatch: Sequence[Example]) -> torch.Tensor:
    """Mean negative log-likelihood of the answers' tokens, nats; the head runs at answer positions alone."""
    told = sum(len(e.ids) - e.start for e in minibatch)
    return torch.stack([_summed_loss(frozen, group) for group in packed(minibatch)]).sum() / told


def _summed_loss(frozen: Frozen, group: Sequence[Example]) -> torch.Tensor:
    final = frozen.parts.upper(frozen.rows(group), frozen.shared)
    at = torch.cat([row[e.start - 1 - frozen.shared :] for row, e in zip(final, group, strict=True)])
    target = torch.tensor([t for e in group for t in e.ids[e.start :]])
    return functional.cross_entropy(frozen.parts.logits(at), target, reduction="sum")


def packed(minibatch: Sequence[Example]) -> list[list[Example]]:
    """Neighbours that run as one row; its attention grows with the square of its length, so that is bounded."""
    groups: list[list[Example]] = []
    room = 0
    for example in minibatch:
        if len(example.ids) > room:
            groups.append([])
            room = MOST_TOKENS
        groups[-1].append(example)
        room -= len(example.ids)
    return groups


def _minibatches(examples: Sequence[Example], recipe: TrainingRecipe) -> Iterator[list[Example]]:
    """Shuffled each epoch; an example takes turns with its rewordings."""
    order = random.Random(recipe.seed)
    for epoch in range(recipe.epochs):
        forms = []
        for i, example in enumerate(examples):
            choice = (example, *example.reworded[: recipe.rewordings])
            forms.append(choice[(epoch + i) % len(choice)])
        order.shuffle(forms)
        for k in range(0, len(forms), recipe.minibatch):
            yield forms[k : k + recipe.minibatch]
