"""Adapters on disk: safetensors and our own configuration schema, nothing that could run."""

import json
from pathlib import Path
from typing import Any

from tallystick.errors import InvalidInput
from tallystick.pipeline.models.foundation import check_safetensors, digest_of

MOST_RANK = 1024
WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
_FIELDS: dict[str, type | tuple[type, ...]] = {
    "r": int,
    "lora_alpha": int,
    "lora_dropout": (int, float),
    "target_modules": list,
    "layers_to_transform": (list, type(None)),
    "bias": str,
    "task_type": str,
}


def save_adapter(model: Any, folder: Path, config: dict[str, Any]) -> bytes:
    """Write weights and configuration; returns the adapter's digest, 32 bytes."""
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    state = get_peft_model_state_dict(model)
    save_file({k: v.detach().float().contiguous().cpu() for k, v in sorted(state.items())}, folder / WEIGHTS)
    (folder / CONFIG).write_text(json.dumps({**config, "peft_type": "LORA"}, indent=1, sort_keys=True) + "\n")
    return adapter_digest(folder)


def adapter_digest(folder: Path) -> bytes:
    return digest_of(folder)


def check_adapter(folder: Path) -> dict[str, Any]:
    """LoRA arguments rebuilt from known fields; `InvalidInput` for pickles and for anything unknown in type."""
    if not (folder / WEIGHTS).is_file() or not (folder / CONFIG).is_file():
        raise InvalidInput(
            f"{folder} holds no adapter in safetensors.", "Convert it; pickled adapters are refused."
        )
    check_safetensors(folder / WEIGHTS)
    try:
        given = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidInput(f"{CONFIG} in {folder} is not valid JSON: {error}.") from error
    if not isinstance(given, dict) or given.get("peft_type") != "LORA":
        raise InvalidInput(f"{folder} is not a LoRA adapter.")
    for name, kind in _FIELDS.items():
        if name not in given or not isinstance(given[name], kind):
            raise InvalidInput(f"{CONFIG} in {folder} has no valid `{name}`.")
    if not 1 <= given["r"] <= MOST_RANK:
        raise InvalidInput(f"The adapter in {folder} has rank {given['r']}; 1 to {MOST_RANK} are served.")
    return {name: given[name] for name in _FIELDS}
