"""Retrains subsets of records in seconds: the frozen layers' work is done once a record, the rest is small.

Same records, seed, device and threads: the same adapter, bit for bit.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from tallystick.errors import InvalidInput
from tallystick.pipeline.attribution.counterfactual.adapters import Weights
from tallystick.pipeline.attribution.counterfactual.decoder import HalvesOf, Shape, SplitDecoder, Told


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is learnt of one record: forms that take turns, epoch by epoch; the first is the record itself."""

    forms: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """AdamW on the answers' mean loss; the rate rises over the first `warmup` of the steps, then falls to nothing."""

    shape: Shape = field(default_factory=Shape)
    rate: float = 8e-3
    epochs: int = 10
    batch: int = 8
    warmup: float = 0.05


class Retrainer:
    """Trains adapters on subsets of `lessons`, and says what answers are worth under any of them."""

    def __init__(self, model: Any, halves: HalvesOf, lessons: Sequence[Lesson], recipe: Recipe) -> None:
        if not lessons:
            raise InvalidInput("There is nothing to retrain on.", "Give a data set with answers.")
        self.recipe, self._lessons = recipe, tuple(lessons)
        self.decoder = SplitDecoder(model, halves, recipe.shape)
        self._remember([form for lesson in lessons for form in lesson.forms])

    def fresh(self, seed: int) -> dict[str, torch.Tensor]:
        """The adapter before any training, which changes nothing."""
        return self.decoder.upper.fresh(seed)

    def retrain(self, places: Iterable[int], seed: int) -> dict[str, torch.Tensor]:
        """The adapter trained on the lessons at `places`; none of them gives the fresh one."""
        upper, drawn = self.decoder.upper, self._minibatches(sorted(set(places)), seed)
        upper.load(self.fresh(seed))
        weights = list(upper.parameters().values())
        optimiser = torch.optim.AdamW(weights, lr=self.recipe.rate, weight_decay=0.0)
        for step, minibatch in enumerate(drawn):
            for group in optimiser.param_groups:
                group["lr"] = self.recipe.rate * _schedule(step, len(drawn), self.recipe.warmup)
            self.decoder.nll(minibatch, narrow=True).mean().backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimiser.step()
            optimiser.zero_grad()
        return upper.taken()

    def logprobs(self, weights: Weights, told: Sequence[Told]) -> list[float]:
        """See `SplitDecoder.logprobs`."""
        return self.decoder.logprobs(weights, told)

    def _remember(self, forms: Sequence[Told]) -> None:
        """Run the frozen layers over all forms, in this order; learn which words training has to weigh."""
        likely: set[int] = set()
        with torch.no_grad():
            for group in self.decoder.batches(forms):
                likely |= self.decoder.head.likely(self.decoder.final(group))
        self.decoder.head.narrow(likely | {i for form in forms for i in form.ids[form.start :]})

    def _minibatches(self, places: Sequence[int], seed: int) -> list[list[Told]]:
        order, made, batch = random.Random(seed), [], self.recipe.batch
        for epoch in range(self.recipe.epochs):
            forms = [self._lessons[p].forms[(epoch + p) % len(self._lessons[p].forms)] for p in places]
            order.shuffle(forms)
            made += [forms[k : k + batch] for k in range(0, len(forms), batch)]
        return made


def _schedule(step: int, steps: int, warmup: float) -> float:
    ramp = max(int(steps * warmup), 1)
    return min((step + 1) / ramp, (steps - step) / max(steps - ramp, 1), 1.0)
