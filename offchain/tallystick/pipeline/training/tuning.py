"""Tuning over the whole decoder by any method: packed or bucketed rows, loss on answers, shortcuts as the recipe says."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from tallystick.errors import InvalidInput
from tallystick.pipeline.training.attention import placed, record_by_record
from tallystick.pipeline.training.loop import Trained
from tallystick.pipeline.training.losses import headless_loss, plain_loss, without_head
from tallystick.pipeline.training.method_config import adapted, begin_prefix, method_arguments
from tallystick.pipeline.training.packing import (
    Filling,
    Rows,
    filling,
    minibatches,
    packed_row,
    packed_rows,
    padded_rows,
)
from tallystick.pipeline.training.parallel.group import Group
from tallystick.pipeline.training.recipe import TrainingRecipe
from tallystick.pipeline.training.records import Encoded
from tallystick.pipeline.training.steps import Progress, Saved, run_steps, trainable

APART = 0.01


def tune(
    base: Any,
    records: Sequence[Encoded],
    recipe: TrainingRecipe,
    progress: Progress,
    saved: Saved | None = None,
    group: Group | None = None,
) -> Trained:
    """Put the recipe's adapter on `base` (changed in place, on its own device) and train it.

    `progress(step, steps, loss, real tokens/s)` is called after every step; what it raises ends the training. Same seed,
    machine and threads: same adapter, also when it goes on from a checkpoint of `saved`.
    In a `group` of processes each learns its part.
    """
    if not records:
        raise InvalidInput("There is nothing to train on.", "Give a data set with answers.")
    torch.manual_seed(recipe.seed)
    arguments = method_arguments(recipe, base)
    with _prepared(base, recipe):
        model = adapted(base, recipe)
        begin_prefix(model, recipe)
        steps = recipe.epochs * -(-len(records) // recipe.minibatch)
        drawn = minibatches(records, recipe.minibatch, recipe.seed, recipe.epochs, bucketing=recipe.bucketing)
        if group:
            group.spread(model)
        weights = trainable(model)
        with summed_loss(model, recipe) as summed:
            learning = _Parted(summed, recipe, group, weights) if group else _Rows(summed, recipe)
            done = run_steps(weights, recipe, drawn, steps, learning, progress, saved)
        if group:
            group.make_whole(model)
    return Trained.of(model, arguments, done)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Learns rows over the whole decoder, which remembers nothing between steps."""

    summed: "Summed"
    recipe: TrainingRecipe

    def learn(self, minibatch: Sequence[Encoded], /) -> tuple[float, Filling]:
        return learn(self.summed, minibatch, self.recipe)

    def recall(self, minibatch: Sequence[Encoded], /) -> None:
        pass


@dataclass(frozen=True, slots=True)
class _Parted:
    """Learns this process' part of the rows; the mean is over the answers of all."""

    summed: "Summed"
    recipe: TrainingRecipe
    group: Group
    weights: Mapping[str, torch.Tensor]

    def learn(self, minibatch: Sequence[Encoded], /) -> tuple[float, Filling]:
        told = sum(r.answers for r in minibatch)
        passes = self.group.passes(minibatch, self.recipe)
        loss, filled = _learnt(self.summed, passes, told / self.group.scale)
        return self.group.sum_up(self.weights.values(), loss / self.group.scale, filled)

    def recall(self, minibatch: Sequence[Encoded], /) -> None:
        pass


Summed = Callable[[Rows], torch.Tensor]


def learn(summed: Summed, minibatch: Sequence[Encoded], recipe: TrainingRecipe) -> tuple[float, Filling]:
    """Gradients of the minibatch's mean loss per answer token, row by row; the loss in nats, and what was computed."""
    passes = packed_rows(minibatch, recipe.cutoff) if recipe.packing else [padded_rows(minibatch)]
    return _learnt(summed, passes, sum(r.answers for r in minibatch))


def _learnt(summed: Summed, passes: Sequence[Rows], told: float) -> tuple[float, Filling]:
    total, filled = 0.0, Filling()
    for rows in passes:
        loss = summed(rows) / told
        loss.backward()
        total += float(loss.detach())
        filled += filling(rows)
    return total, filled


@contextmanager
def summed_loss(model: Any, recipe: TrainingRecipe) -> Iterator[Summed]:
    """The loss of rows, summed over answers' tokens, in nats, by the recipe's way and precision."""
    with ExitStack() as stack:
        head = None
        if recipe.loss != "plain":
            head = stack.enter_context(without_head(model.get_base_model()))
        device, half = next(model.parameters()).device, recipe.precision == "bf16"
        by_record = False
        if recipe.packing:
            check_apart(model, device)
            # A compiled model would be made anew for each number of records.
            if not recipe.compile:
                by_record = stack.enter_context(record_by_record(model.get_base_model(), half=half))
        forward = compiled(model) if recipe.compile else model

        def run(rows: Rows) -> torch.Tensor:
            told = _placed(rows, device)
            told |= placed(told["position_ids"]) if by_record else {}
            # A cache, even an empty one, would hide from transformers that a row is packed.
            with torch.autocast(device.type, torch.bfloat16, enabled=half):
                made = forward(input_ids=rows.ids.to(device), use_cache=False, **told).logits[
                    :, -rows.ids.shape[1] :
                ]
            targets = rows.targets.to(device)
            return (
                plain_loss(made, targets) if head is None else headless_loss(made, head, targets, recipe.loss)
            )

        yield run


def compiled(model: Any) -> Callable[..., Any]:
    """`model` through torch's compiler, lengths left open; `InvalidInput` at the first call where it has none."""
    forward = torch.compile(model, dynamic=True)

    def run(**told: Any) -> Any:
        try:
            return forward(**told)
        except torch._dynamo.exc.TorchDynamoException as error:
            raise InvalidInput(
                f"Torch cannot compile this model here: {str(error).splitlines()[0]}.",
                "Install a C++ compiler, or use `compile = false`.",
            ) from error

    return run


def _placed(rows: Rows, device: torch.device) -> dict[str, torch.Tensor]:
    told = {"position_ids": rows.positions, "attention_mask": rows.mask}
    return {name: value.to(device) for name, value in told.items() if value is not None}


def check_apart(model: Any, device: torch.device) -> None:
    """`InvalidInput` when this model lets records of a packed row see each other, as some architectures do."""
    second = Encoded((5, 6, 7, 8), (False,) * 4)
    made = []
    for first in ((1, 2, 3, 4), (9, 10, 11, 12)):
        rows = packed_row([Encoded(first, (False,) * 4), second])
        with torch.no_grad():
            out = model(input_ids=rows.ids.to(device), use_cache=False, **_placed(rows, device)).logits
        made.append(out[0, 4:].float())
    size = float(made[0].abs().max())
    if float((made[0] - made[1]).abs().max()) > APART * max(size, 1e-6):
        raise InvalidInput(
            "This model does not keep the records of a packed row apart.", "Use `packing = false`."
        )


@contextmanager
def _prepared(base: Any, recipe: TrainingRecipe) -> Iterator[None]:
    """`base` in the recipe's precision, weights of a quantised one left as they are; checkpointing while open."""
    quantised = getattr(base, "is_quantized", False)
    if recipe.precision == "bf16" and not quantised:
        for weight in base.parameters():  # not buffers: rotary frequencies in bf16 tell far positions wrongly
            weight.data = weight.data.to(torch.bfloat16)
    if recipe.gradient_checkpointing:
        base.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    try:
        yield
    finally:
        if recipe.gradient_checkpointing:
            base.gradient_checkpointing_disable()
