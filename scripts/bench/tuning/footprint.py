"""Peak of torch's allocator for one tuning step at a fixed length."""

import gc
from dataclasses import replace

import torch

from bench.tuning.arms import ALL, Arm, prepared
from bench.tuning.shapes import Shape
from tallystick.pipeline.training.optimisers import optimiser_for
from tallystick.pipeline.training.records import Encoded
from tallystick.pipeline.training.tuning import learn, summed_loss

LENGTH = 1024


def footprint(shape: Shape, device: str, *, nf4: bool) -> int:
    """Bytes; LoRA of rank 32 on all linear layers over bf16 or NF4, one record of LENGTH ids, checkpointed."""
    gc.collect()
    torch.cuda.empty_cache()
    arm = Arm("footprint", "lora", ours=True, nf4=nf4, targets=ALL, minibatch=1)
    recipe = replace(arm.recipe("bf16"), gradient_checkpointing=True)
    model = prepared(arm, shape, device, "bf16")
    model.get_base_model().gradient_checkpointing_enable(
        gradient_checkpointing_kwargs={"use_reentrant": False}
    )
    optimiser = optimiser_for([p for p in model.parameters() if p.requires_grad], recipe)
    record = Encoded(tuple(range(LENGTH)), (False, *([True] * (LENGTH - 1))))
    # What came before: weights are made in 16 bits and packed one layer at a time.
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    with summed_loss(model, recipe) as summed:
        for _ in range(2):
            learn(summed, [record], recipe)
            optimiser.step()
            optimiser.zero_grad()
    return int(torch.cuda.max_memory_allocated())
