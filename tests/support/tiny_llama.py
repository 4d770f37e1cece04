"""Small models of the real classes: random weights in milliseconds, or the real base with two of its layers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

VOCABULARY = 97
LAYERS = (0, 29)


def tiny_llama(seed: int = 3, *, scale: float = 0.2, width: int = 32, vocabulary: int = VOCABULARY) -> Any:
    """Fresh, in eval mode; `scale` is the weights' deviation, large enough that positions and neighbours matter."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        intermediate_size=width * 2,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        initializer_range=scale,
        attn_implementation="sdpa",
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    return LlamaForCausalLM(config).eval().requires_grad_(False)


def shortened(whole: Path, folder: Path) -> Path:
    """The first and the last layer as a model folder: it learns a template within thirty steps, and knows little else."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(whole)
    model.model.layers = torch.nn.ModuleList(model.model.layers[i] for i in LAYERS)
    for place, layer in enumerate(model.model.layers):
        layer.self_attn.layer_idx = place
    model.config.num_hidden_layers = len(LAYERS)
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(whole).save_pretrained(folder)
    return folder


def tiny_adapted(seed: int = 3, layers: Sequence[int] = (1, 2), rank: int = 2) -> Any:
    """LoRA on some layers, its weights random by `seed` so that the adapter matters; the base depends on nothing."""
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=rank,
        lora_alpha=4,
        target_modules=["q_proj", "v_proj", "down_proj"],
        layers_to_transform=list(layers),
    )
    model = get_peft_model(tiny_llama(scale=0.1, vocabulary=300), config)
    draw = torch.Generator().manual_seed(seed)
    for name, weight in model.named_parameters():
        if "lora_" in name:
            weight.data = torch.randn(weight.shape, generator=draw) * 0.4
    return model.requires_grad_(False)
