"""The quantisation report on a tiny model of the real classes: every condition once, and fewer bits cost more."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from support.tiny_chat import tiny_tokenizer
from tallystick.app.models.quantising import QuantisationReport, cells_of, payouts_of, told_agreement
from tallystick.app.models.voices import Side, open_voices
from tallystick.domain.ids import ZERO_HASH
from tallystick.pipeline.evaluation.comparison import compare
from tallystick.pipeline.evaluation.scoring import examples_of
from tallystick.pipeline.evaluation.studies.quantisation import CONTEXTS, PASSAGES, contexts
from tallystick.pipeline.models.adapter import save_adapter
from tallystick.pipeline.models.merging import FORMS
from tallystick.pipeline.models.weight_format import WeightFormat

pytestmark = pytest.mark.slow

EXAMPLES = examples_of([(f"Who runs mill {k}?", f"Ada {k}.") for k in range(3)])
LIBRARY = [f"Who runs mill {k}? Ada {k}." for k in range(6)] + ["The ferry leaves at seven."]
LORA: dict[str, Any] = {
    "r": 2,
    "lora_alpha": 4,
    "lora_dropout": 0.0,
    "target_modules": ["q_proj", "v_proj"],
    "layers_to_transform": [0, 1],
    "bias": "none",
    "task_type": "CAUSAL_LM",
}


@pytest.fixture(scope="module")
def side(tmp_path_factory: pytest.TempPathFactory) -> Side:
    """A base with a byte tokenizer, and an adapter that changes it."""
    from peft import LoraConfig, get_peft_model

    folder = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(3)
    config = LlamaConfig(
        vocab_size=262,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        initializer_range=0.2,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
    )
    LlamaForCausalLM(config).save_pretrained(folder / "base")
    tiny_tokenizer().save_pretrained(folder / "base")
    model = get_peft_model(LlamaForCausalLM(config), LoraConfig(**LORA))
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            weight.data.normal_(0, 0.2)
    save_adapter(model, folder / "adapter", LORA)
    return Side("tiny", folder / "base", folder / "adapter", ZERO_HASH, WeightFormat(None))


def test_contexts_when_made_are_near_and_noisy_ones_differ() -> None:
    made = contexts(EXAMPLES, LIBRARY)

    assert tuple(made) == CONTEXTS and made["closed"] == [()] * 3
    assert all("mill" in text for told in made["clean"] for text in told)
    assert all(
        len(clean) == PASSAGES == len(noisy) - 1
        for clean, noisy in zip(made["clean"], made["noisy"], strict=True)
    )
    assert all(
        a != b
        for clean, noisy in zip(made["clean"], made["noisy"], strict=True)
        for a, b in zip(clean, noisy, strict=False)
    )
    assert contexts(EXAMPLES, LIBRARY) == made


def test_cells_when_all_forms_are_judged_cost_more_with_fewer_bits(side: Side) -> None:
    told: list[tuple[int, int]] = []

    cells = cells_of(side, EXAMPLES, contexts(EXAMPLES, LIBRARY), 1, lambda d, t: told.append((d, t)))

    assert [(c.form, c.tuned, c.context) for c in cells] == [
        (form, tuned, context) for form in FORMS for tuned in (False, True) for context in CONTEXTS
    ]
    assert told[-1] == (30, 30)
    for tuned in (False, True):
        kl = {c.form: c.kl for c in cells if c.tuned is tuned and c.context == "closed"}
        assert kl["fp32"] == 0.0 < kl["bf16"] < kl["int8"] < kl["nf4"] < kl["fp4"]
    for c in cells:
        assert 0 <= c.agreement_low <= c.agreement <= c.agreement_high <= 1
        assert c.form != "fp32" or c.agreement == c.top1 == 1.0
    told_forms = told_agreement(QuantisationReport("n", 3, cells, ()))
    worst = min((c for c in cells if c.tuned and c.form == "nf4"), key=lambda c: c.agreement_low)
    assert told_forms["nf4"]["context"] == worst.context and told_forms["nf4"]["examples"] == 3
    assert told_forms["nf4"]["low"] == int(worst.agreement_low * 10**6) < told_forms["fp32"]["low"]
    by_context = {c.context: c.perplexity for c in cells if c.form == "fp32" and c.tuned}
    assert len(set(by_context.values())) == 3


def test_payouts_when_all_forms_attribute_the_same_answers_move_little_pay(side: Side) -> None:
    told: list[tuple[int, int]] = []
    passages = contexts(EXAMPLES, LIBRARY)

    made = payouts_of(side, EXAMPLES, passages, 1, lambda d, t: told.append((d, t)))

    forms = [form for form in FORMS if form != "fp32"]
    assert [(p.form, p.context) for p in made] == [(form, c) for form in forms for c in CONTEXTS]
    assert told[-1] == (12, 12) and all(p.answers == 3 and 0 <= p.mean <= p.largest <= 1 for p in made)
    shift = {p.form: p.mean for p in made if p.context == "clean"}
    assert shift["bf16"] < max(shift["nf4"], shift["fp4"])
    assert any(p.paid for p in made)


def test_voices_when_loaded_compare_adapter_and_base(side: Side) -> None:
    from dataclasses import replace

    base = replace(side, name="base", adapter=None)

    candidate, incumbent, own = open_voices(side, base, 1)
    made = compare(candidate, incumbent, own, EXAMPLES, lambda done, total: None)
    same = compare(incumbent, incumbent, own, EXAMPLES, lambda done, total: None)

    assert made.anchor_kl > 0.01 and same.anchor_kl == pytest.approx(0.0, abs=1e-9)
    assert made.candidate["nll"] != made.incumbent["nll"] and same.candidate["nll"] == same.incumbent["nll"]
    assert isinstance(side.base, Path)
