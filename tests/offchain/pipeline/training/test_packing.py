"""Packed rows: each record computes as if alone, and padding is counted."""

import random
from typing import Any

import pytest
import torch
from torch.nn import functional

from support.tiny_llama import VOCABULARY, tiny_llama
from tallystick.pipeline.training.method_config import adapted
from tallystick.pipeline.training.packing import (
    IGNORED,
    Rows,
    filling,
    first_fit_decreasing,
    minibatches,
    packed_row,
    packed_rows,
    padded_rows,
)
from tallystick.pipeline.training.recipe import TrainingRecipe
from tallystick.pipeline.training.records import Encoded


def record(length: int, prompt: int, seed: int) -> Encoded:
    draw = random.Random(seed)
    return Encoded(
        tuple(draw.randrange(3, VOCABULARY) for _ in range(length)),
        tuple(i >= prompt for i in range(length)),
    )


RECORDS = [record(9, 4, 1), record(5, 2, 2), record(14, 7, 3), record(2, 1, 4)]


def adapted_llama() -> Any:
    """With LoRA matrices that do something, or gradients of half of them would be zero."""
    model = adapted(tiny_llama(), TrainingRecipe(method="lora", halves=False, rank=4))
    torch.manual_seed(9)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    return model


def logits(model: Any, rows: Rows) -> torch.Tensor:
    return model(
        input_ids=rows.ids, position_ids=rows.positions, attention_mask=rows.mask, use_cache=False
    ).logits


def gradient(model: Any, made: torch.Tensor, targets: torch.Tensor) -> list[torch.Tensor]:
    model.zero_grad()
    loss = functional.cross_entropy(
        made.flatten(0, 1), targets.flatten(), ignore_index=IGNORED, reduction="sum"
    )
    loss.backward()
    return [p.grad.clone() for p in model.parameters() if p.requires_grad]


@pytest.mark.slow
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_packed_row_when_run_gives_each_record_its_own_logits(attention: str) -> None:
    model = adapted_llama().eval()
    model.get_base_model().set_attn_implementation(attention)

    with torch.no_grad():
        together = logits(model, packed_row(RECORDS))[0].split([len(r) for r in RECORDS])
        alone = [logits(model, packed_row([r]))[0] for r in RECORDS]

    for ours, theirs in zip(together, alone, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-4, rtol=0)
    assert torch.stack([a[-1] for a in alone]).std(0).max() > 0.1


@pytest.mark.slow
@pytest.mark.parametrize("place", range(len(RECORDS)))
def test_packed_row_when_one_record_is_learnt_has_its_gradient_alone(place: int) -> None:
    model, whole = adapted_llama(), packed_row(RECORDS)
    starts = [sum(len(r) for r in RECORDS[:i]) for i in range(len(RECORDS) + 1)]
    told = torch.full_like(whole.targets, IGNORED)
    told[:, starts[place] : starts[place + 1]] = whole.targets[:, starts[place] : starts[place + 1]]

    packed = gradient(model, logits(model, whole), told)
    single = packed_row([RECORDS[place]])
    alone = gradient(model, logits(model, single), single.targets)

    assert max(float(g.abs().max()) for g in alone) > 1e-2
    for ours, theirs in zip(packed, alone, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-4, rtol=0)


def test_packed_rows_when_learnt_together_have_the_padded_rows_gradient() -> None:
    model, padded = adapted_llama(), padded_rows(RECORDS)
    wanted = gradient(model, logits(model, padded), padded.targets)
    rows = packed_rows(RECORDS, 16)
    got = [gradient(model, logits(model, r), r.targets) for r in rows]

    assert len(rows) == 2
    for theirs, *ours in zip(wanted, *got, strict=True):
        assert torch.allclose(sum(ours), theirs, atol=1e-4, rtol=0)


def test_packed_row_when_positions_run_on_lets_records_see_each_other() -> None:
    """Without the restart there is cross-talk: what the tests above could not tell from a model that looks nowhere."""
    model, rows = adapted_llama().eval(), packed_row(RECORDS)
    on = torch.arange(rows.ids.shape[1])[None]
    run_on = Rows(rows.ids, rows.targets, on, None, rows.real)

    with torch.no_grad():
        apart = (logits(model, rows) - logits(model, run_on)).abs()[0]

    assert apart[: len(RECORDS[0])].max() < 1e-4
    assert apart[len(RECORDS[0]) :].max() > 0.1


@pytest.mark.filterwarnings("ignore:Position ids are not supported")
@pytest.mark.parametrize("method", ["p-tuning-v2", "p-tuning-v1", "prompt-tuning"])
def test_packed_row_when_the_method_has_virtual_tokens_would_be_wrong(method: str) -> None:
    """Why recipes of these methods refuse packing: the second record is not answered as alone."""
    torch.manual_seed(2)
    model = adapted(tiny_llama(), TrainingRecipe(method=method, virtual_tokens=5)).eval()
    second = RECORDS[1]

    with torch.no_grad():
        together = logits(model, packed_row(RECORDS[:2]))[0, -len(second) :]
        alone = logits(model, packed_row([second]))[0, -len(second) :]

    assert (together - alone).abs().max() > 0.1


@pytest.mark.parametrize("seed", range(20))
def test_first_fit_decreasing_when_packed_loses_nothing_and_fits(seed: int) -> None:
    draw = random.Random(seed)
    lengths = [draw.randrange(1, 65) for _ in range(draw.randrange(1, 60))]

    rows = first_fit_decreasing(lengths, 64)

    assert sorted(i for row in rows for i in row) == list(range(len(lengths)))
    assert max(sum(lengths[i] for i in row) for row in rows) <= 64
    assert sum(sum(lengths[i] for i in row) <= 32 for row in rows) <= 1


def test_first_fit_decreasing_when_known_is_the_best() -> None:
    assert first_fit_decreasing([4, 8, 1, 4, 2, 1], 10) == [[1, 4], [0, 3, 2, 5]]


def test_filling_when_packed_is_whole_and_when_padded_is_less() -> None:
    packed = [filling(r) for r in packed_rows(RECORDS, 16)]

    assert sum(f.real for f in packed) == sum(f.positions for f in packed) == 30
    assert filling(padded_rows(RECORDS)).share == 30 / (4 * 14)


@pytest.mark.parametrize("bucketing", [False, True])
def test_minibatches_when_drawn_hold_every_record_once_an_epoch(bucketing: bool) -> None:
    records = [record(n, 1, n) for n in range(2, 25)]

    drawn = list(minibatches(records, 4, 7, 2, bucketing=bucketing))

    assert [len(m) for m in drawn].count(3) == 2 and len(drawn) == 12
    for epoch in (drawn[:6], drawn[6:]):
        assert sorted(len(r) for m in epoch for r in m) == list(range(2, 25))
    assert drawn[:6] != drawn[6:]
    assert drawn == list(minibatches(records, 4, 7, 2, bucketing=bucketing))


def test_minibatches_when_bucketed_pad_less() -> None:
    draw = random.Random(5)
    records = [record(draw.randrange(4, 90), 1, n) for n in range(200)]

    shares = {}
    for bucketing in (False, True):
        drawn = minibatches(records, 8, 7, 1, bucketing=bucketing)
        made = [filling(padded_rows(m)) for m in drawn]
        shares[bucketing] = sum(f.real for f in made) / sum(f.positions for f in made)

    assert shares[True] > 0.9 > 0.7 > shares[False]
