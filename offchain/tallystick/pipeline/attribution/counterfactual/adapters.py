"""Small adapters over the last layers of a frozen decoder: plain tensors by name, swapped in and out."""

import copy
import hashlib
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from tallystick.errors import InvalidInput

LINEARS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
Weights = Mapping[str, torch.Tensor]


class Adapted(nn.Module):  # type: ignore[misc]
    """A frozen linear layer and a low-rank one beside it (Hu et al. 2021, arXiv 2106.09685).

    Products are computed in `kind`; the adapter's own numbers and what comes out are fp32.
    """

    def __init__(self, frozen: nn.Linear, rank: int, scale: float, kind: torch.dtype) -> None:
        super().__init__()
        self.frozen, self.scale, self._kind = in_kind(frozen, kind), scale, kind
        self.down = nn.Parameter(torch.zeros(rank, frozen.in_features, device=frozen.weight.device))
        self.up = nn.Parameter(torch.zeros(frozen.out_features, rank, device=frozen.weight.device))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        narrow = x.to(self._kind)
        low = functional.linear(narrow, self.down.to(self._kind))
        made: torch.Tensor = self.frozen(narrow)
        return (made + functional.linear(low, (self.up * self.scale).to(self._kind))).float()


class Upper:
    """The last `layers` layers of a Llama-like decoder with swappable adapters; `shadow` poses as the whole model.

    Frozen weights are shared with `model`, which stays as it is; adapters that are on it are left out.
    """

    def __init__(self, model: Any, *, layers: int, rank: int, alpha: float, kind: torch.dtype) -> None:
        whole = model.get_base_model() if hasattr(model, "get_base_model") else model
        inner = whole.model
        if not hasattr(inner, "layers"):
            raise InvalidInput(
                f"{type(whole).__name__} is not laid out like a Llama.", "Use a Llama, Qwen or Mistral model."
            )
        self.cut = max(len(inner.layers) - layers, 0)
        kept = {id(p): p for p in inner.layers.parameters()}
        frozen = [_plain(copy.deepcopy(layer, dict(kept))) for layer in inner.layers]
        self._adapted: dict[str, Adapted] = {}
        for place, layer in enumerate(frozen[self.cut :], start=self.cut):
            self._adapt(layer, place, rank, alpha / rank, kind)
        self.shadow = SimpleNamespace(
            model=SimpleNamespace(
                layers=frozen, embed_tokens=inner.embed_tokens, rotary_emb=inner.rotary_emb, norm=inner.norm
            ),
            lm_head=whole.lm_head,
        )

    def _adapt(self, layer: nn.Module, place: int, rank: int, scale: float, kind: torch.dtype) -> None:
        for path, child in list(layer.named_modules()):
            if path.rpartition(".")[2] in LINEARS and isinstance(child, nn.Linear):
                made = Adapted(child, rank, scale, kind)
                owner = layer.get_submodule(path.rpartition(".")[0])
                setattr(owner, path.rpartition(".")[2], made)
                self._adapted[f"layers.{place}.{path}"] = made

    def parameters(self) -> dict[str, nn.Parameter]:
        """What is trained, by name."""
        found = {}
        for name, made in self._adapted.items():
            found[f"{name}.down"], found[f"{name}.up"] = made.down, made.up
        return found

    def fresh(self, seed: int) -> dict[str, torch.Tensor]:
        """An adapter that changes nothing yet: random below, nothing above."""
        draw = torch.Generator().manual_seed(seed)
        made = {}
        for name, weight in self.parameters().items():
            bound = weight.shape[1] ** -0.5
            drawn = torch.empty(weight.shape).uniform_(-bound, bound, generator=draw)
            made[name] = drawn if name.endswith(".down") else torch.zeros(weight.shape)
        return made

    def load(self, weights: Weights) -> None:
        """Put an adapter on. `InvalidInput` when it is for other layers or another rank."""
        mine = self.parameters()
        if {n: w.shape for n, w in weights.items()} != {n: w.shape for n, w in mine.items()}:
            raise InvalidInput(
                "A counterfactual adapter does not fit this model.", "Make the calibration again."
            )
        for name, weight in mine.items():
            weight.data.copy_(weights[name])

    def taken(self) -> dict[str, torch.Tensor]:
        """A copy of the adapter that is on, on the CPU."""
        return {name: w.detach().cpu().clone() for name, w in self.parameters().items()}


def digest_of_weights(weights: Weights) -> bytes:
    """32 bytes over names, shapes and little-endian fp32 numbers, in name order."""
    total = hashlib.sha256()
    for name, weight in sorted(weights.items()):
        row = weight.detach().cpu().contiguous().float()
        total.update(f"{name}{tuple(row.shape)}".encode() + row.numpy().astype("<f4").tobytes())
    return total.digest()


def in_kind(layer: nn.Linear, kind: torch.dtype) -> nn.Linear:
    """A frozen copy in another precision; the layer itself where it has that one."""
    if layer.weight.dtype == kind:
        return layer
    made = nn.Linear(layer.in_features, layer.out_features, bias=layer.bias is not None, device="meta")
    made.weight = nn.Parameter(layer.weight.detach().to(kind), requires_grad=False)
    if layer.bias is not None:
        made.bias = nn.Parameter(layer.bias.detach().to(kind), requires_grad=False)
    return made


def _plain(layer: nn.Module) -> nn.Module:
    """The layer without adapters that peft put on it."""
    for path, child in list(layer.named_modules()):
        inside = getattr(child, "base_layer", None)
        if isinstance(inside, nn.Linear):
            setattr(layer.get_submodule(path.rpartition(".")[0]), path.rpartition(".")[2], inside)
    return layer


def as_peft(weights: Weights) -> dict[str, torch.Tensor]:
    """The tensors under the names that peft and our adapter files have for them."""
    names = {"down": "lora_A", "up": "lora_B"}
    found = {}
    for name, weight in weights.items():
        path, _, part = name.rpartition(".")
        found[f"base_model.model.model.{path}.{names[part]}.weight"] = weight.contiguous()
    return found
