"""Merged weights answer as base and adapter did; rounding is the loader's; folders reload by plain transformers."""

from pathlib import Path
from typing import Any

import pytest
import torch

from support.tiny_chat import tiny_tokenizer
from support.tiny_llama import VOCABULARY, tiny_llama
from tallystick.errors import Conflict, InvalidInput
from tallystick.pipeline.models.loading import load_base
from tallystick.pipeline.models.merging import FORMS, merge, rounded, save_four_bit, save_merged

IDS = torch.arange(12)[None] % VOCABULARY


def tuned(seed: int = 1, **flags: bool) -> Any:
    """A tiny model with a LoRA adapter that is far from nothing."""
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(seed)
    told = LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "up_proj"], task_type="CAUSAL_LM", **flags)
    model = get_peft_model(tiny_llama(width=64), told)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            weight.data.normal_(0, 0.3)
    return model.eval()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A base on disk, with its tokenizer."""
    tiny_llama(width=64).save_pretrained(tmp_path / "base")
    tiny_tokenizer().save_pretrained(tmp_path / "base")
    return tmp_path / "base"


@pytest.mark.parametrize("flags", [{}, {"use_dora": True}, {"use_rslora": True}])
def test_merge_when_weights_are_added_answers_as_the_adapter_did(flags: dict[str, bool]) -> None:
    model = tuned(**flags)
    with torch.no_grad():
        before, base = model(IDS).logits, tiny_llama(width=64)(IDS).logits

    made = merge(model)

    assert not hasattr(made, "peft_config") and not any("lora" in name for name, _ in made.named_parameters())
    assert torch.allclose(made(IDS).logits, before, atol=1e-4)
    assert float((before - base).abs().max()) > 0.1


def test_merge_when_the_adapter_is_virtual_tokens_refuses() -> None:
    from peft import PromptTuningConfig, get_peft_model

    model = get_peft_model(
        tiny_llama(width=64), PromptTuningConfig(num_virtual_tokens=4, task_type="CAUSAL_LM")
    )

    with pytest.raises(InvalidInput, match="cannot be merged"):
        merge(model)


@pytest.mark.slow
@pytest.mark.parametrize(("form", "double"), [("nf4", True), ("nf4", False), ("fp4", True), ("int8", True)])
def test_rounded_when_compared_with_the_loader_has_its_numbers(folder: Path, form: str, double: bool) -> None:
    loaded, _ = load_base(folder, threads=1, quantisation=form, double_quantisation=double)
    plain, _ = load_base(folder, threads=1, quantisation=None)

    rounded(plain, form, double=double)

    wanted = dict(loaded.named_parameters())
    assert all(torch.equal(wanted[name], weight) for name, weight in plain.named_parameters())


def test_rounded_when_forms_differ_lose_in_the_known_order() -> None:
    truth = tiny_llama(width=64).model.layers[0].mlp.up_proj.weight

    losses = {
        form: float(
            (rounded(tiny_llama(width=64), form).model.layers[0].mlp.up_proj.weight - truth).square().mean()
        )
        for form in FORMS
    }

    assert losses["fp32"] == 0.0
    assert losses["bf16"] < losses["int8"] < losses["nf4"] < losses["fp4"]


def test_rounded_when_the_form_does_not_fit_refuses() -> None:
    with pytest.raises(InvalidInput, match="no form"):
        rounded(tiny_llama(width=64), "int3")
    with pytest.raises(InvalidInput, match="4 bits"):
        rounded(tiny_llama(width=32), "nf4")


def test_folders_when_saved_reload_by_plain_transformers(folder: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    made = merge(tuned())
    wanted = made(IDS).logits

    whole = save_merged(made, folder, tmp_path / "merged")
    small = save_four_bit(whole, tmp_path / "small")

    again = AutoModelForCausalLM.from_pretrained(whole)
    packed = AutoModelForCausalLM.from_pretrained(small)
    assert torch.allclose(again(IDS).logits, wanted, atol=1e-5)
    assert packed.is_loaded_in_4bit and packed(IDS).logits.shape == wanted.shape
    assert AutoTokenizer.from_pretrained(small)("mill").input_ids == tiny_tokenizer()("mill").input_ids
    assert not any(path.suffix in (".bin", ".pt", ".part") for path in tmp_path.rglob("*"))


def test_save_merged_when_the_folder_exists_or_fails_leaves_nothing_half_done(
    folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(Conflict):
        save_merged(tiny_llama(width=64), folder, folder)
    with pytest.raises(AttributeError):
        save_merged(tiny_llama(width=64).to, folder, tmp_path / "other")
    assert not (tmp_path / "other").exists() and not (tmp_path / "other.part").exists()
