"""Tuning: every shortcut has the plain loop's losses, within what its arithmetic allows."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn
from torch._dynamo.exc import TorchDynamoException
from torch.nn import functional

from offchain.pipeline.training.test_packing import record
from support.tiny_llama import tiny_llama
from tallystick.errors import InvalidInput
from tallystick.pipeline.training import losses
from tallystick.pipeline.training.loop import Trained
from tallystick.pipeline.training.losses import fuses, headless_loss, plain_loss, without_head
from tallystick.pipeline.training.method_fields import METHODS
from tallystick.pipeline.training.packing import IGNORED
from tallystick.pipeline.training.recipe import TrainingRecipe
from tallystick.pipeline.training.tuning import check_apart, tune

pytestmark = pytest.mark.slow

RECORDS = [record(6 + 3 * (i % 7), 2 + i % 4, i) for i in range(11)]
PLAIN = TrainingRecipe(
    method="lora", halves=False, rank=4, alpha=8, learning_rate=1e-2, epochs=3, minibatch=4, cutoff=48
)
SHORTCUTS: dict[str, tuple[dict[str, Any], float]] = {
    "packing": ({"packing": True}, 1e-4),
    "chunked": ({"loss": "chunked"}, 1e-4),
    "fused": ({"loss": "fused"}, 1e-4),
    "checkpointing": ({"gradient_checkpointing": True}, 1e-4),
    "all in fp32": ({"packing": True, "loss": "fused", "gradient_checkpointing": True}, 1e-4),
    "bf16": ({"precision": "bf16"}, 0.02),
    "all": ({"precision": "bf16", "packing": True, "loss": "fused", "gradient_checkpointing": True}, 0.02),
    "fused optimiser": ({"optimiser": "fused-adamw"}, 1e-4),
    "8-bit optimiser": ({"optimiser": "adamw-8bit"}, 0.02),
    "bf16 in chunks": ({"precision": "bf16", "loss": "chunked"}, 0.02),
}


def tuned(recipe: TrainingRecipe) -> Trained:
    return tune(tiny_llama(scale=0.1), RECORDS, recipe, lambda *_: None)


@pytest.mark.parametrize("name", SHORTCUTS)
def test_tune_when_a_shortcut_is_taken_has_the_plain_losses(name: str) -> None:
    changed, tolerance = SHORTCUTS[name]
    plain, short = tuned(PLAIN), tuned(replace(PLAIN, **changed))

    assert plain.losses[-1] < plain.losses[0] * 0.95
    assert len(short.losses) == len(plain.losses) == 9
    assert max(abs(a - b) for a, b in zip(short.losses, plain.losses, strict=True)) < tolerance


def test_tune_when_plain_has_the_losses_of_a_loop_by_hand() -> None:
    """The reference shares no code with the loop: each record alone, the loss by its definition."""
    recipe = replace(PLAIN, minibatch=len(RECORDS), epochs=1)
    base, total, told = tiny_llama(scale=0.1), 0.0, 0
    for r in RECORDS:
        with torch.no_grad():
            odds = base(torch.tensor([r.ids])).logits[0].log_softmax(-1)
        total -= sum(float(odds[i - 1, r.ids[i]]) for i in range(1, len(r)) if r.learnt[i])
        told += r.answers

    assert tuned(recipe).losses[0] == pytest.approx(total / told, abs=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_tune_when_run_by_each_method_learns_the_same_by_either_loss(method: str) -> None:
    recipe = replace(
        PLAIN, method=method, virtual_tokens=6, minibatch=len(RECORDS), epochs=4, learning_rate=2e-2
    )
    plain, again, fused = tuned(recipe), tuned(recipe), tuned(replace(recipe, loss="fused"))

    assert plain.losses[-1] < plain.losses[0]
    assert again.losses == plain.losses
    assert fused.losses == pytest.approx(plain.losses, abs=1e-4)


def test_tune_when_packed_computes_no_padding() -> None:
    packed, padded = tuned(replace(PLAIN, packing=True)), tuned(PLAIN)

    assert packed.positions == packed.tokens == padded.tokens == 3 * sum(len(r) for r in RECORDS)
    assert padded.positions > padded.tokens * 1.2
    assert padded.tokens < tuned(replace(PLAIN, bucketing=True)).positions < padded.positions


def test_tune_when_torch_cannot_compile_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(model: Any, **_: Any) -> Any:
        def run(**_: Any) -> Any:
            raise TorchDynamoException("no compiler")

        return run

    monkeypatch.setattr(torch, "compile", refused)
    with pytest.raises(InvalidInput, match="no compiler") as told:
        tuned(replace(PLAIN, compile=True))
    assert "compile = false" in (told.value.hint or "")


def test_tune_when_progress_raises_gives_the_head_back() -> None:
    base = tiny_llama()

    def stop(*_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(base, RECORDS, replace(PLAIN, loss="fused", gradient_checkpointing=True), stop)
    assert isinstance(base.get_output_embeddings(), nn.Linear)
    assert not base.is_gradient_checkpointing


def test_tune_when_there_are_no_records_says_so() -> None:
    with pytest.raises(InvalidInput, match="nothing to train"):
        tune(tiny_llama(), [], PLAIN, lambda *_: None)


@pytest.mark.parametrize("way", ["chunked", "fused"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_headless_loss_when_compared_has_the_plain_loss_and_gradient(
    way: str, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(losses, "CHUNK", 64)
    torch.manual_seed(4)
    head = nn.Linear(24, 500, bias=False).to(dtype).requires_grad_(False)
    hidden = torch.randn(2, 300, 24).to(dtype).requires_grad_()
    targets = torch.randint(0, 500, (2, 300)).masked_fill(torch.rand(2, 300) < 0.4, IGNORED)

    wanted = plain_loss(functional.linear(hidden.float(), head.weight.float()), targets)
    (slope,) = torch.autograd.grad(wanted, hidden)
    got = headless_loss(hidden, head, targets, way)
    (ours,) = torch.autograd.grad(got, hidden)

    close = 1e-6 if dtype == torch.float32 else 2e-3
    assert fuses(head)
    assert float(got.detach()) == pytest.approx(float(wanted.detach()), rel=close)
    assert float((ours - slope).abs().max()) <= 5 * close * float(slope.abs().max())
    assert not ours[targets == IGNORED].any()


def test_tune_when_the_head_itself_is_adapted_fuses_by_chunks() -> None:
    recipe = replace(PLAIN, targets=("q_proj", "lm_head"), layers=3)

    plain, fused = tuned(recipe), tuned(replace(recipe, loss="fused"))

    assert fused.losses == pytest.approx(plain.losses, abs=1e-4)


def test_without_head_when_the_model_changes_its_logits_refuses() -> None:
    with pytest.raises(InvalidInput, match="changes its logits"), without_head(_capped()):
        pass


def _capped() -> Any:
    model = tiny_llama()
    model.config.final_logit_softcapping = 30.0
    return model


def test_check_apart_when_a_model_keeps_records_together_refuses() -> None:
    class Mixing(nn.Module):
        """Positions mean nothing to it: each place sees the mean of all before."""

        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(97, 8)

        def forward(self, input_ids: torch.Tensor, **_: Any) -> Any:
            seen = self.table(input_ids).cumsum(1)
            return type("Out", (), {"logits": seen})()

    check_apart(tiny_llama(), torch.device("cpu"))
    with pytest.raises(InvalidInput, match="packing = false"):
        check_apart(Mixing(), torch.device("cpu"))
