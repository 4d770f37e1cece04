"""Rehearses a training step on tensors without contents, and counts what would stand in memory at once."""

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter

from tallystick.pipeline.training.attention import by_sizes
from tallystick.pipeline.training.losses import answers_loss, plain_loss, without_head
from tallystick.pipeline.training.packing import IGNORED
from tallystick.pipeline.training.planning.passes import Pass
from tallystick.pipeline.training.recipe import TrainingRecipe

ATTENTION = "tallystick-rehearsed"


class Standing(TorchDispatchMode):  # type: ignore[misc]
    """Bytes of all storages that live, and the most at once. A kernel's own workspace is not seen."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0
        self._known: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        for each in tree_iter(made):
            if isinstance(each, torch.Tensor):
                self._note(each.untyped_storage())
        return made

    def _note(self, storage: torch.UntypedStorage) -> None:
        key, size = storage._cdata, storage.nbytes()
        if key not in self._known:
            self._known.add(key)
            self.now += size
            self.most = max(self.most, self.now)
            weakref.finalize(storage, self._forget, key, size)

    def _forget(self, key: int, size: int) -> None:
        self._known.discard(key)
        self.now -= size


@contextmanager
def rehearsing() -> Iterator[Standing]:
    """While open, new tensors have no contents and are counted."""
    with FakeTensorMode(allow_non_fake_inputs=True), Standing() as standing:
        yield standing


def standing_in(model: torch.nn.Module) -> None:
    """Every parameter and buffer of `model`, made on "meta", as a counted tensor; what was shared stays shared."""
    made: dict[int, torch.Tensor] = {}
    for module in model.modules():
        for group in (module._parameters, module._buffers):
            for name, old in list(group.items()):
                if old is None:
                    continue
                if id(old) not in made:
                    fresh = torch.empty(old.shape, dtype=old.dtype, device="cpu")
                    is_weight = isinstance(old, torch.nn.Parameter)
                    made[id(old)] = torch.nn.Parameter(fresh, old.requires_grad) if is_weight else fresh
                group[name] = made[id(old)]


def attention_of(sizes: tuple[int, ...]) -> Callable[..., tuple[torch.Tensor, None]]:
    """As training attends: record by record when packed, else over the row with its mask."""

    def attend(
        module: Any, query: Any, key: Any, value: Any, mask: Any, scaling: float | None = None, **_: Any
    ) -> tuple[torch.Tensor, None]:
        if sizes:
            return by_sizes(query, key, value, list(sizes), scaling), None
        groups = query.shape[1] // key.shape[1]
        key, value = key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1)
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=scaling)
        return seen.transpose(1, 2).contiguous(), None

    return attend


def step(model: Any, one: Pass, recipe: TrainingRecipe) -> None:
    """Forward and backward of one pass, as `tuning.learn` has them; leaves gradients."""
    from transformers import AttentionInterface

    causal = model.get_base_model()
    AttentionInterface.register(ATTENTION, attention_of(one.sizes))
    causal.set_attn_implementation(ATTENTION)
    half = recipe.precision == "bf16" and not recipe.in_halves
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        loss = _learnt(model, one, recipe)
    loss.backward()


def _learnt(model: Any, one: Pass, recipe: TrainingRecipe) -> torch.Tensor:
    """In a frame of its own, as training has it: logits are gone when the gradient is taken."""
    if recipe.loss == "plain" and not recipe.in_halves:
        made = model(**_inputs(one, model)).logits[:, -one.length :]
        return plain_loss(made, torch.full((one.rows, one.length), IGNORED))
    way = "plain" if recipe.in_halves else recipe.loss
    with without_head(model.get_base_model()) as head:
        states = model(**_inputs(one, model)).logits[:, -one.length :].flatten(0, 1)[: one.answers].clone()
        return _loss(states, head, way)


def _loss(states: torch.Tensor, head: Any, way: str) -> torch.Tensor:
    told = torch.zeros(len(states), dtype=torch.long)
    if way == "plain":
        return functional.cross_entropy(head(states).float(), told, reduction="sum")
    return answers_loss(states, head, told, way)


def _inputs(one: Pass, model: Any) -> dict[str, Any]:
    ids = torch.zeros((one.rows, one.length), dtype=torch.long)
    virtual = getattr(model.active_peft_config, "num_virtual_tokens", 0) or 0
    told = {"input_ids": ids, "use_cache": False}
    if one.sizes:
        return {**told, "position_ids": torch.zeros((1, one.length), dtype=torch.long)}
    if virtual:
        return {**told, "attention_mask": torch.ones((one.rows, one.length), dtype=torch.long)}
    mask = torch.ones((one.rows, 1, one.length, one.length), dtype=torch.bool)
    return {**told, "attention_mask": mask}
