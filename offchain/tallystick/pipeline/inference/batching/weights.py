"""An adapter's matrices as the bank takes them: read from its folder, checked against the base, scaling folded in."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from tallystick.errors import InvalidInput

_DOWN, _UP, _SIZE = ".lora_A.weight", ".lora_B.weight", ".lora_magnitude_vector"


@dataclass(frozen=True, slots=True)
class Matrices:
    """Of one linear layer: `down` (in, rank), `up` (rank, out) with the scaling in it.

    `gain` (out,) is DoRA's factor on the base layer's output, less one; None for LoRA.
    """

    down: torch.Tensor
    up: torch.Tensor
    gain: torch.Tensor | None = None

    @property
    def rank(self) -> int:
        return int(self.down.shape[1])


AdapterWeights = Mapping[str, Matrices]


def bytes_of(weights: AdapterWeights) -> int:
    held = (t for m in weights.values() for t in (m.down, m.up, m.gain) if t is not None)
    return int(sum(t.numel() * t.element_size() for t in held))


def read_weights(folder: Path, base: Any, check: Any) -> AdapterWeights:
    """By name of the base's linear layer, fp32, on the CPU. `check` rebuilds the configuration from known fields.

    `InvalidInput` for what is broken, changes anything but linear layers, or is for another base.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    told = check(folder)
    try:
        held = load_file(folder / "adapter_model.safetensors")
    except (OSError, SafetensorError, ValueError) as error:
        raise _wrong(folder) from error
    layers = targeted(base, told)
    wanted = {n + end for n in layers for end in (_DOWN, _UP, *((_SIZE,) if told.get("use_dora") else ()))}
    plain = {name.removeprefix("base_model.model."): w.float() for name, w in held.items()}
    is_finite = all(bool(w.isfinite().all()) for w in plain.values())
    if set(plain) != wanted or not is_finite or told.get("bias", "none") != "none":
        raise _wrong(folder)
    scaling = told["lora_alpha"] / (math.sqrt(told["r"]) if told.get("use_rslora") else told["r"])
    found = {}
    for name, layer in layers.items():
        down, up = plain[name + _DOWN], plain[name + _UP]
        sizes = (down.shape, up.shape) == ((told["r"], layer.in_features), (layer.out_features, told["r"]))
        size = plain.get(name + _SIZE)
        if not sizes or (size is not None and size.shape != (layer.out_features,)):
            raise _wrong(folder)
        found[name] = _dora(layer, down, up, scaling, size) if size is not None else _lora(down, up, scaling)
    return found


def targeted(base: Any, told: Mapping[str, Any]) -> dict[str, Any]:
    """The base's linear layers that a configuration changes, by name."""
    chosen, kinds = told.get("layers_to_transform"), set(told["target_modules"])
    found = {}
    for name, layer in base.named_modules():
        if name.rpartition(".")[2] not in kinds or not hasattr(layer, "in_features"):
            continue
        after = name.split("layers.", 1)
        place = int(after[1].split(".", 1)[0]) if len(after) > 1 else None
        if chosen is None or place in chosen:
            found[name] = layer
    return found


def _lora(down: torch.Tensor, up: torch.Tensor, scaling: float) -> Matrices:
    return Matrices(down.T.contiguous(), (up * scaling).T.contiguous())


def _dora(layer: Any, down: torch.Tensor, up: torch.Tensor, scaling: float, size: torch.Tensor) -> Matrices:
    """DoRA (arXiv 2402.09353): magnitude over the norm of the changed weight's rows, which serving never changes."""
    from peft.utils.integrations import dequantize_module_weight

    whole = dequantize_module_weight(layer).detach().float().cpu() + scaling * (up @ down)
    factor = size / torch.linalg.norm(whole, dim=1)
    return Matrices(down.T.contiguous(), (up * scaling * factor[:, None]).T.contiguous(), factor - 1)


def _wrong(folder: Path) -> InvalidInput:
    return InvalidInput(
        f"The adapter in {folder} is broken, or for another base model.", "Use the base that it names."
    )
