"""What is served: a base, adapters on disk, and requests drawn from a seed."""

import json
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SEED = 20261122
TARGETS = ("q_proj", "v_proj")


@dataclass(frozen=True, slots=True)
class Scale:
    """`places` of the continuous batch are fewer than its requests, so that some wait; `zipf` requests over `known`."""

    name: str
    requests: int
    tokens: int
    adapters: int
    places: int
    zipf: int
    known: int
    rounds: int
    rank: int
    swapped: int
    checked: int


SCALES = {
    "smoke": Scale("smoke", 64, 16, 32, 16, 96, 1000, 3, 4, 8, 16),
    "full": Scale("full", 64, 48, 32, 16, 256, 1000, 5, 8, 16, 64),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One request: its prompt, how many tokens, with which adapter."""

    prompt: tuple[int, ...]
    tokens: int
    adapter: str


class Numbers:
    """A chat format that writes ids as numbers and ends nothing: every answer has its full length."""

    end_id = -1

    def prompt_ids(self, messages: Sequence[dict[str, str]]) -> list[int]:
        return [3]

    def answer_ids(self, text: str) -> list[int]:
        return [3]

    def decode(self, ids: Sequence[int]) -> str:
        return " ".join(map(str, ids))


def scale() -> Scale:
    return SCALES[os.environ.get("SCALE", "smoke")]


def base_of(at: Scale) -> Any:
    """The real 135M model, or a llama of 10 M numbers with random weights, deep and narrow like it."""
    import torch

    torch.set_num_threads(1)
    if at.name == "full":
        from tallystick.pipeline.models.foundation import prepare_base
        from tallystick.pipeline.models.loading import load_base

        folder = prepare_base(Path("build/models/smollm2-135m-instruct").resolve())
        return load_base(folder, threads=1, quantisation=None)[0]
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(SEED)
    config = LlamaConfig(
        vocab_size=2048,
        hidden_size=256,
        intermediate_size=768,
        num_hidden_layers=12,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        initializer_range=0.05,
        attn_implementation="sdpa",
    )
    return LlamaForCausalLM(config).eval().requires_grad_(False)


def make_adapters(base: Any, folder: Path, at: Scale) -> dict[str, Path]:
    """`at.known` of them, each of random weights, strong enough to change answers."""
    import torch
    from safetensors.torch import save_file

    layers = [(n, m) for n, m in base.named_modules() if n.rpartition(".")[2] in TARGETS]
    told = {
        "r": at.rank,
        "lora_alpha": 2 * at.rank,
        "lora_dropout": 0.0,
        "target_modules": list(TARGETS),
        "layers_to_transform": None,
        "bias": "none",
        "task_type": "CAUSAL_LM",
    }
    draw, made = torch.Generator().manual_seed(SEED), {}
    for number in range(at.known):
        weights = {}
        for name, layer in layers:
            for half, size in (("A", (at.rank, layer.in_features)), ("B", (layer.out_features, at.rank))):
                key = f"base_model.model.{name}.lora_{half}.weight"
                weights[key] = torch.randn(size, generator=draw) * 0.05
        made[f"a{number}"] = folder / f"a{number}"
        made[f"a{number}"].mkdir()
        save_file(weights, made[f"a{number}"] / "adapter_model.safetensors")
        text = json.dumps({"peft_type": "LORA", **told})
        (made[f"a{number}"] / "adapter_config.json").write_text(text, encoding="utf-8")
    return made


def requests(at: Scale, adapters: Sequence[str], vocabulary: int, lengths: Callable[[], int]) -> list[Wanted]:
    """Prompts of 8 to 48 ids; adapters in turn."""
    draw = random.Random(SEED)
    return [
        Wanted(
            tuple(draw.randrange(5, vocabulary) for _ in range(draw.randint(8, 48))),
            lengths(),
            adapters[n % len(adapters)],
        )
        for n in range(at.requests)
    ]


def zipf(at: Scale, adapters: Sequence[str], vocabulary: int, seed: int) -> list[Wanted]:
    """Adapters by Zipf(1.0): the k-th is asked for in proportion to 1/k."""
    draw = random.Random(seed)
    odds = [1 / (k + 1) for k in range(len(adapters))]
    return [
        Wanted(tuple(draw.randrange(5, vocabulary) for _ in range(16)), at.tokens, name)
        for name in draw.choices(adapters, odds, k=at.zipf)
    ]
