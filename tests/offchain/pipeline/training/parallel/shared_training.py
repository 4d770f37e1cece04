"""A training that several processes can share, importable by those that are started for it."""

from dataclasses import replace

import torch

from offchain.pipeline.training.test_packing import record
from support.tiny_llama import tiny_llama
from tallystick.pipeline.training.parallel.group import Group
from tallystick.pipeline.training.recipe import TrainingRecipe
from tallystick.pipeline.training.tuning import tune

# The last minibatch has one record: one of two processes has nothing to learn.
RECORDS = [record(6 + 3 * (i % 7), 2 + i % 4, i) for i in range(9)]
PLAIN = TrainingRecipe(
    method="lora", halves=False, rank=4, alpha=8, learning_rate=1e-2, epochs=2, minibatch=4, cutoff=48
)
RECIPES = [PLAIN, replace(PLAIN, packing=True, loss="fused")]
Adapter = tuple[tuple[float, ...], int, dict[str, torch.Tensor]]


def adapters(sharded: bool | None) -> list[Adapter]:
    """By recipe: losses, tokens and trained weights; None trains alone."""
    torch.set_num_threads(1)
    group = None if sharded is None else Group.joined(sharded=sharded)
    made = []
    for recipe in RECIPES:
        done = tune(tiny_llama(scale=0.1), RECORDS, recipe, lambda *_: None, group=group)
        weights = {n: p.detach() for n, p in done.model.named_parameters() if "lora_" in n}
        made.append((done.losses, done.tokens, weights))
    if group:
        group.leave()
    return made
