"""Adapters on disk: safetensors and our own configuration schema, nothing that could run."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tallystick.commitments import strict_json
from tallystick.errors import InvalidInput
from tallystick.pipeline.models.foundation import digest_of
from tallystick.pipeline.models.weight_files import check_safetensors

MOST_RANK = 1024
WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
MOST_VIRTUAL, MOST_WIDTH, MOST_LAYERS = 4096, 16_384, 8
_Kind = type | tuple[type, ...]
_PROMPT: dict[str, _Kind] = {"num_virtual_tokens": int, "task_type": str}
_FIELDS: dict[str, dict[str, _Kind]] = {
    "LORA": {
        "r": int,
        "lora_alpha": int,
        "lora_dropout": (int, float),
        "target_modules": list,
        "layers_to_transform": (list, type(None)),
        "bias": str,
        "task_type": str,
    },
    "PREFIX_TUNING": {**_PROMPT, "prefix_projection": bool},
    "P_TUNING": {**_PROMPT, "encoder_reparameterization_type": str, "encoder_hidden_size": int},
    "PROMPT_TUNING": {**_PROMPT, "prompt_tuning_init": str},
}
_OPTIONAL: dict[str, dict[str, _Kind]] = {
    "LORA": {"use_dora": bool, "use_rslora": bool},
    "PREFIX_TUNING": {"encoder_hidden_size": int},
    "P_TUNING": {"encoder_num_layers": int},
}
_MOST = {
    "r": MOST_RANK,
    "num_virtual_tokens": MOST_VIRTUAL,
    "encoder_hidden_size": MOST_WIDTH,
    "encoder_num_layers": MOST_LAYERS,
}
SERVED = ("LORA",)
TUNED = tuple(_FIELDS)


def save_adapter(model: Any, folder: Path, config: dict[str, Any]) -> bytes:
    """Write weights and configuration; returns the adapter's digest, 32 bytes."""
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    state = get_peft_model_state_dict(model)
    save_file({k: v.detach().float().contiguous().cpu() for k, v in sorted(state.items())}, folder / WEIGHTS)
    (folder / CONFIG).write_text(json.dumps({"peft_type": "LORA", **config}, indent=1, sort_keys=True) + "\n")
    return adapter_digest(folder)


def adapter_digest(folder: Path) -> bytes:
    return digest_of(folder)


def check_adapter(folder: Path, kinds: Sequence[str] = SERVED) -> dict[str, Any]:
    """Peft's arguments rebuilt from known fields; `InvalidInput` for pickles and for anything unknown in type.

    Of another kind than LoRA they start with `peft_type`; the engine serves LoRA alone.
    """
    if not (folder / WEIGHTS).is_file() or not (folder / CONFIG).is_file():
        raise InvalidInput(
            f"{folder} holds no adapter in safetensors.", "Convert it; pickled adapters are refused."
        )
    check_safetensors(folder / WEIGHTS)
    try:
        given = strict_json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidInput(f"{CONFIG} in {folder} is not valid JSON: {error}.") from error
    kind = given.get("peft_type") if isinstance(given, dict) else None
    if kind not in kinds or kind not in _FIELDS:
        named = " or ".join("LoRA" if k == "LORA" else k for k in kinds)
        raise InvalidInput(f"{folder} is not a {named} adapter.")
    wanted = _FIELDS[kind] | {k: v for k, v in _OPTIONAL.get(kind, {}).items() if k in given}
    for name, of in wanted.items():
        is_number = isinstance(given.get(name), bool) and of in (int, (int, float))
        if name not in given or is_number or not isinstance(given[name], of):
            raise InvalidInput(f"{CONFIG} in {folder} has no valid `{name}`.")
    for name, most in _MOST.items():
        if name in wanted and not 1 <= given[name] <= most:
            raise InvalidInput(f"The adapter in {folder} has `{name}` {given[name]}; 1 to {most} are served.")
    return ({} if kind == "LORA" else {"peft_type": kind}) | {name: given[name] for name in wanted}
