"""The real base with LoRA of the shipped shape, its weights drawn by seed: what costs and agrees does not ask for
training."""

from pathlib import Path
from typing import Any

import torch

LAYERS, RANK, SPREAD = 10, 16, 0.02


def adapted(base: Path, *, threads: int, seed: int = 1, quantisation: str | None = None) -> tuple[Any, Any]:
    """A peft model in fp32 on the CPU and its chat format; the adapter moves an answer by nats, not by ruin."""
    from peft import LoraConfig, get_peft_model

    from tallystick.pipeline.models.loading import load_base

    model, chat = load_base(base, threads=threads, quantisation=quantisation)
    count = model.config.num_hidden_layers
    config = LoraConfig(
        r=RANK,
        lora_alpha=2 * RANK,
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        layers_to_transform=list(range(max(0, count - LAYERS), count)),
    )
    wrapped = get_peft_model(model, config)
    draw = torch.Generator().manual_seed(seed)
    for name, weight in wrapped.named_parameters():
        if "lora_" in name:
            weight.data = torch.randn(weight.shape, generator=draw) * SPREAD
    return wrapped.requires_grad_(False).eval(), chat


class Endless:
    """A chat format whose end mark is no id, so that answers have the length that is asked for."""

    end_id = -1

    def __init__(self, chat: Any) -> None:
        self.prompt_ids, self.answer_ids, self.decode = chat.prompt_ids, chat.answer_ids, chat.decode
