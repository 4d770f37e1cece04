"""What is compared: arms of one method, padding and loop each, run by turns over the same records."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch

from bench.tuning.clock import Stretch, timed
from bench.tuning.plain import train_step
from bench.tuning.shapes import Shape, in_nf4, model_of, records_of
from tallystick.pipeline.training.method_config import adapted
from tallystick.pipeline.training.optimisers import optimiser_for
from tallystick.pipeline.training.recipe import TrainingRecipe
from tallystick.pipeline.training.records import Encoded
from tallystick.pipeline.training.tuning import learn, summed_loss

CUTOFF, VIRTUAL, RANK = 1024, 128, 32
# As `query_key_value`, what was adapted in the published comparison.
THREE = ("q_proj", "k_proj", "v_proj")
SEED = 7


@dataclass(frozen=True, slots=True)
class Arm:
    """`padded` is a length for every row, 0 the minibatch's longest; `ours` packs instead. `nf4` quantises the base."""

    name: str
    method: str
    minibatch: int = 4
    padded: int = 0
    ours: bool = False
    nf4: bool = False
    targets: tuple[str, ...] = THREE

    def recipe(self, precision: str) -> TrainingRecipe:
        lora = self.method == "lora"
        return TrainingRecipe(
            method=self.method,
            halves=False,
            rank=RANK,
            alpha=2 * RANK,
            layers=10**6,
            targets=self.targets,
            virtual_tokens=VIRTUAL,
            encoder_width=256,
            minibatch=self.minibatch,
            learning_rate=1e-4,
            cutoff=2 * CUTOFF,
            packing=self.ours and lora,
            loss="fused" if self.ours else "plain",
            optimiser="fused-adamw" if self.ours else "adamw",
            precision=precision,
        )


ALL = TrainingRecipe().targets
ARMS = (
    Arm("a LoRA, to the longest", "lora"),
    Arm("b prefix, to the longest", "p-tuning-v2"),
    Arm("c prefix, to the cutoff", "p-tuning-v2", padded=CUTOFF),
    Arm("d LoRA, to the cutoff", "lora", padded=CUTOFF),
    Arm("e p-tuning v1, to the longest", "p-tuning-v1"),
    Arm("g plain peft loop", "lora", minibatch=16, targets=ALL),
    Arm("f ours", "lora", minibatch=16, ours=True, targets=ALL),
)
QUANTISED = (
    Arm("g4 plain peft loop, NF4", "lora", minibatch=16, nf4=True, targets=ALL),
    Arm("f4 ours, NF4", "lora", minibatch=16, ours=True, nf4=True, targets=ALL),
)


@dataclass(frozen=True, slots=True)
class Run:
    """One arm's turn over `samples` records of `tokens` real token ids."""

    samples: int
    tokens: int
    stretch: Stretch


def prepared(arm: Arm, shape: Shape, device: str, precision: str, weights: Any = None) -> Any:
    """The arm's model; over the tensors of `weights`, a state of the same shape, where arms share their frozen base."""
    base = model_of(shape, device, precision, SEED)
    if weights is not None:
        base.load_state_dict(weights, assign=True)
        base.requires_grad_(False)
    if arm.nf4:
        base = in_nf4(base, device)
        if arm.ours and device == "cpu":
            # As this project loads a base on a CPU.
            from tallystick.pipeline.models.loading import dequantise

            base = dequantise(base)
            base = base.to(torch.bfloat16) if precision == "bf16" else base
    return adapted(base, arm.recipe(precision))


def by_turns(
    arms: Sequence[Arm], shape: Shape, device: str, precision: str, rounds: int, samples: int
) -> Iterator[tuple[int, Arm, Run]]:
    """Round by round every arm on that round's records; round 0 warms up and is left out.

    An arm padded to the cutoff takes one minibatch a round, the others `samples` records: seconds a sample compare.
    """
    with ExitStack() as stack:
        steps, shared = [], model_of(shape, device, precision, SEED).state_dict()
        for arm in arms:
            weights_of = None if arm.nf4 else shared
            recipe, model = arm.recipe(precision), prepared(arm, shape, device, precision, weights_of)
            weights = [p for p in model.parameters() if p.requires_grad]
            optimiser = optimiser_for(weights, recipe)
            summed = stack.enter_context(summed_loss(model, recipe)) if arm.ours else None
            steps.append((arm, model, optimiser, summed))
        for turn in range(rounds + 1):
            records = records_of(samples, shape.ids, SEED + turn)
            for arm, model, optimiser, summed in steps:
                taken = records[: arm.minibatch] if arm.padded else records
                gc.collect()
                stretch = timed(device, lambda: _pass(arm, model, optimiser, summed, taken, precision))  # noqa: B023
                if turn:
                    yield turn, arm, Run(len(taken), sum(len(r) for r in taken), stretch)


def _pass(
    arm: Arm, model: Any, optimiser: Any, summed: Any, records: Sequence[Encoded], precision: str
) -> None:
    for k in range(0, len(records), arm.minibatch):
        minibatch = records[k : k + arm.minibatch]
        if summed is None:
            train_step(model, optimiser, minibatch, arm.padded)
        else:
            learn(summed, minibatch, arm.recipe(precision))
            optimiser.step()
            optimiser.zero_grad()
