"""A LoRA adapter of noise over the tiny base, on disk: every matrix has a gradient."""

from pathlib import Path

import torch

from tallystick.pipeline.models.adapter import save_adapter
from tallystick.pipeline.models.loading import load_base

CONFIG = {
    "r": 4,
    "lora_alpha": 8,
    "lora_dropout": 0.0,
    "target_modules": ["q_proj", "v_proj", "down_proj"],
    "layers_to_transform": [1, 2],
    "bias": "none",
    "task_type": "CAUSAL_LM",
}


def make_adapter(base: Path, folder: Path, seed: int = 1) -> Path:
    from peft import LoraConfig, get_peft_model

    model, _ = load_base(base, threads=1, quantisation=None)
    wrapped = get_peft_model(model, LoraConfig(**CONFIG))
    torch.manual_seed(seed)
    for name, weight in wrapped.named_parameters():
        if "lora_" in name:
            weight.data.normal_(std=0.05)
    save_adapter(wrapped, folder, CONFIG)
    return folder
