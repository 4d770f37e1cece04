"""Models of known shapes with random weights, and records of advertising-like lengths."""

import random
from dataclasses import dataclass
from typing import Any

import torch

from tallystick.pipeline.training.records import Encoded

# Of the set behind the published 3.7x: mean 156, 95th percentile 213, most 282, of which 111 answer. Synthetic here: a
# lognormal through mean and percentile, cut at the most; a token a character, as in Chinese.
MEDIAN, SPREAD, LEAST, MOST, ANSWERED = 152.9, 0.2015, 24, 282, 111 / 156


@dataclass(frozen=True, slots=True)
class Shape:
    """A Llama; `layers` of `width`, `inner` wide within, `heads` of which `shared` keys and values."""

    name: str
    layers: int
    width: int
    inner: int
    heads: int
    shared: int
    ids: int

    def config(self) -> Any:
        from transformers import LlamaConfig

        return LlamaConfig(
            vocab_size=self.ids,
            hidden_size=self.width,
            intermediate_size=self.inner,
            num_hidden_layers=self.layers,
            num_attention_heads=self.heads,
            num_key_value_heads=self.shared,
            max_position_embeddings=4096,
            attn_implementation="sdpa",
            tie_word_embeddings=self.width < 4096,
        )


SHAPES = {
    s.name: s
    for s in (
        Shape("tiny", 2, 128, 256, 2, 2, 512),
        Shape("small", 6, 256, 704, 4, 4, 8192),
        Shape("135m", 30, 576, 1536, 9, 3, 49152),
        Shape("1b", 16, 2048, 8192, 32, 8, 128256),
        Shape("7b", 32, 4096, 11008, 32, 32, 32000),
    )
}


def model_of(shape: Shape, device: str, precision: str, seed: int) -> Any:
    """Random, frozen, made on `device` in `precision`."""
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    with torch.device(device):
        made = AutoModelForCausalLM.from_config(shape.config(), dtype=dtype)
    return made.requires_grad_(False)


def in_nf4(model: Any, device: str) -> Any:
    """The model's linear layers but the head through bitsandbytes, double quantised, computing in the model's type."""
    from bitsandbytes.nn import Linear4bit, Params4bit

    for path, layer in list(model.named_modules()):
        parent, _, name = path.rpartition(".")
        if type(layer) is not torch.nn.Linear or name == "lm_head":
            continue
        packed = Linear4bit(
            layer.in_features, layer.out_features, bias=False, compute_dtype=layer.weight.dtype, device="meta"
        )
        packed.weight = Params4bit(
            layer.weight.data, requires_grad=False, quant_type="nf4", compress_statistics=True
        ).to(device)
        setattr(model.get_submodule(parent), name, packed)
    model.is_loaded_in_4bit = model.is_quantized = True
    return model


def records_of(count: int, ids: int, seed: int) -> list[Encoded]:
    draw = random.Random(seed)
    made = []
    for _ in range(count):
        length = min(max(round(draw.lognormvariate(0.0, SPREAD) * MEDIAN), LEAST), MOST)
        told = round(length * ANSWERED)
        text = tuple(draw.randrange(3, ids) for _ in range(length))
        made.append(Encoded(text, (False,) * (length - told) + (True,) * told))
    return made
