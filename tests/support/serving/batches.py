"""Many tiny adapters on one tiny base: on disk, in a batcher, and each alone in the reference engine."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import torch

from support.tiny_chat import tiny_chat
from support.tiny_llama import tiny_llama
from tallystick.pipeline.inference.batching.batcher import Batcher
from tallystick.pipeline.inference.batching.served import Recalls, ServedModel
from tallystick.pipeline.inference.batching.stepping import Room
from tallystick.pipeline.inference.batching.store import AdapterStore
from tallystick.pipeline.inference.batching.twin import twin
from tallystick.pipeline.inference.batching.weights import read_weights
from tallystick.pipeline.inference.engine import Engine
from tallystick.pipeline.models.adapter import check_adapter, save_adapter
from tallystick.pipeline.models.loading import with_adapter

ROOM = Room(cache_bytes=8 << 20, longest=192, at_once=8, bank=4, rank=8, bank_bytes=8 << 20, chunk=48)
TARGETS = ("q_proj", "v_proj", "down_proj")


@cache
def tiny_base() -> Any:
    return tiny_llama(scale=0.1, vocabulary=300)


def tiny_adapter(
    folder: Path,
    seed: int,
    *,
    rank: int = 2,
    layers: Sequence[int] = (1, 2),
    targets: Sequence[str] = TARGETS,
    **kind: bool,
) -> Path:
    """Saved as training saves it: LoRA, rsLoRA or DoRA by `kind`, its weights large enough to change answers."""
    from peft import LoraConfig, get_peft_model

    told = {
        "r": rank,
        "lora_alpha": 4,
        "lora_dropout": 0.0,
        "target_modules": list(targets),
        "layers_to_transform": list(layers),
        "bias": "none",
        "task_type": "CAUSAL_LM",
        **kind,
    }
    model = get_peft_model(twin(tiny_base()), LoraConfig(**told))
    draw = torch.Generator().manual_seed(seed)
    for name, weight in model.named_parameters():
        if "lora_" in name:
            noise = torch.randn(weight.shape, generator=draw) * 0.4
            weight.data = weight.data * (1 + noise) if "magnitude" in name else noise
    save_adapter(model, folder, told)
    return folder


def tiny_batcher(
    adapters: dict[str, Path], room: Room = ROOM, *, queue: int = 64, host_bytes: int = 1 << 20
) -> Batcher:
    base = tiny_base()

    def store(changed: Callable[[], None]) -> AdapterStore:
        return AdapterStore(
            lambda folder: read_weights(folder, base, check_adapter),
            host_bytes=host_bytes,
            disk_bytes=1 << 24,
            changed=changed,
        )

    made = Batcher(base, room, queue, store)
    for name, folder in adapters.items():
        made.store.register(name, folder)
    return made


def served(batcher: Batcher, adapter: str | None = None, recalls: Recalls | None = None) -> ServedModel:
    chat = tiny_chat()
    return ServedModel(batcher, chat, lambda messages, context: chat.prompt_ids(messages), adapter, recalls)


def reference(folder: Path | None = None) -> Engine:
    base = twin(tiny_base())
    return Engine(base if folder is None else with_adapter(base, folder), tiny_chat())


def prompt(number: int, words: int = 1) -> list[int]:
    return tiny_chat().prompt_ids([{"role": "user", "content": f"How deep is weir {number}?" * words}])


def ids(tokens: Any) -> list[int]:
    return [t.token_id for t in tokens]


def together(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each returns, all running at once."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [f.result(timeout=60) for f in [pool.submit(call) for call in calls]]
