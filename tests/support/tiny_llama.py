"""A Llama of a few thousand random weights: the real classes, in milliseconds."""

from typing import Any

import torch

VOCABULARY = 97


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
