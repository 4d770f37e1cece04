"""Attention record by record gives each record what it has alone; where it cannot, nothing changes."""

from typing import Any

import pytest
import torch

from support.tiny_llama import tiny_llama
from tallystick.pipeline.training.attention import NAME, placed, record_by_record


@pytest.mark.slow
def test_record_by_record_when_open_gives_each_record_its_logits_and_gradient() -> None:
    model = tiny_llama().requires_grad_(True)
    ids = torch.arange(3, 33)[None]
    positions = torch.cat([torch.arange(n) for n in (4, 1, 25)])[None]
    weight = torch.rand(30, 97)

    def learnt(logits: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        model.zero_grad()
        (logits[0] * weight).sum().backward()
        return logits.detach(), model.model.layers[0].self_attn.q_proj.weight.grad.clone()

    alone = learnt(torch.cat([model(part).logits for part in ids.split([4, 1, 25], 1)], 1))
    with record_by_record(model, half=False) as can:
        told = {"position_ids": positions, **placed(positions)}
        packed = learnt(model(ids, use_cache=False, **told).logits)

    assert can
    for ours, wanted in zip(packed, alone, strict=True):
        assert torch.allclose(ours, wanted, atol=1e-4 * float(wanted.abs().max()))
    assert model.config._attn_implementation == "sdpa"


def test_placed_when_given_positions_says_where_records_begin() -> None:
    told = placed(torch.tensor([[0, 1, 2, 0, 0, 1]]))

    assert told["cu_seq_lens_q"].tolist() == [0, 3, 4, 6]
    assert told["max_length_q"] == 3


@pytest.mark.parametrize(
    "change",
    [{"sliding_window": 4}, {"layer_types": ["sliding_attention", "full_attention"]}],
    ids=["window", "some windows"],
)
def test_record_by_record_when_a_layer_sees_a_window_changes_nothing(change: dict[str, Any]) -> None:
    model = tiny_llama()
    for name, value in change.items():
        setattr(model.config, name, value)

    with record_by_record(model, half=False) as can:
        assert not can
        assert model.config._attn_implementation == "sdpa"


@pytest.mark.slow
def test_record_by_record_when_logits_differ_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_llama()
    attend = torch.nn.functional.scaled_dot_product_attention

    def unlike(q: Any, k: Any, v: Any, **told: Any) -> Any:
        whole = model.config._attn_implementation == NAME
        return attend(q, k, v, **{**told, **({"is_causal": False} if whole else {})})

    monkeypatch.setattr(torch.nn.functional, "scaled_dot_product_attention", unlike)
    with record_by_record(model, half=False) as can:
        assert not can
        assert model.config._attn_implementation == "sdpa"
