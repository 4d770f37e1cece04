"""Adapters merged into weights, weights rounded to a quantised form again, and both written as plain model folders."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tallystick.errors import Conflict, InvalidInput

FORMS = ("fp32", "bf16", "int8", "nf4", "fp4")
_BLOCK = 64
_TOKENIZER = ("tokenizer*", "special_tokens_map.json", "chat_template*", "vocab*", "merges.txt", "*.model")


def merge(model: Any) -> Any:
    """The base of a peft model with the adapter's change added to its weights, in place; peft is gone from it.

    Only matrices beside layers can be merged; `InvalidInput` for virtual tokens.
    """
    kind = str(model.peft_config[model.active_adapter].peft_type.value)
    if kind != "LORA":
        raise InvalidInput(
            f"A {kind} adapter changes no weights, so it cannot be merged.",
            "Export the adapter itself, or tune by a LoRA method.",
        )
    return model.merge_and_unload().eval().requires_grad_(False)


def rounded(model: Any, form: str, *, double: bool = True) -> Any:
    """Give each linear layer but the head, in place, the fp32 numbers that its weights have in `form`.

    They are exactly those of `load_base` for that quantisation (bitsandbytes, blocks of 64, vector-wise int8). Rounding
    twice gives the same, but for double quantisation, which rounds the blocks' constants anew each time.
    """
    if form not in FORMS:
        raise InvalidInput(f"There is no form {form!r} for weights.", f"Use {', '.join(FORMS)}.")
    head = model.get_output_embeddings()
    for name, layer in model.named_modules():
        if isinstance(layer, nn.Linear) and layer is not head:
            if form in ("nf4", "fp4") and layer.in_features % _BLOCK:
                raise InvalidInput(
                    f"{name} has rows of {layer.in_features} weights, no whole blocks of {_BLOCK}.",
                    "This model cannot be held in 4 bits; use int8 or bf16.",
                )
            layer.weight.data = _as(form, layer.weight.data.float(), double)
    return model


def _as(form: str, weight: torch.Tensor, double: bool) -> torch.Tensor:
    if form == "fp32":
        return weight
    if form == "bf16":
        return weight.bfloat16().float()
    from bitsandbytes import functional

    if form == "int8":
        # bitsandbytes' loader quantises halves, so that one rounding stands before the other.
        packed, scales, _ = functional.int8_vectorwise_quant(weight.half())
        unpacked: torch.Tensor = functional.int8_vectorwise_dequant(packed, scales)
        return unpacked.float()
    made, state = functional.quantize_4bit(
        weight, blocksize=_BLOCK, compress_statistics=double, quant_type=form
    )
    plain: torch.Tensor = functional.dequantize_4bit(made, state)
    return plain.float()


def save_merged(model: Any, base: Path, folder: Path, *, half: bool = False) -> Path:
    """A model folder in safetensors, fp32 or (`half`) bf16, with the base's tokenizer, for plain transformers. It appears
    whole.
    """
    with _new(folder) as part:
        model.to(torch.bfloat16 if half else torch.float32).save_pretrained(part)
        _copy_tokenizer(base, part)
    return folder


def save_four_bit(merged: Path, folder: Path) -> Path:
    """The same model in packed NF4 with double quantisation (head and embeddings in bf16), for plain transformers."""
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    chosen = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.float32,
    )
    with _new(folder) as part:
        model = AutoModelForCausalLM.from_pretrained(
            merged,
            quantization_config=chosen,
            dtype=torch.bfloat16,
            local_files_only=True,
            trust_remote_code=False,
        )
        model.save_pretrained(part)
        _copy_tokenizer(merged, part)
    return folder


@contextmanager
def _new(folder: Path) -> Iterator[Path]:
    """A folder that is filled beside its place and moved there when it is whole."""
    if folder.exists():
        raise Conflict(f"{folder} exists already.", "Name another folder.")
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _copy_tokenizer(source: Path, target: Path) -> None:
    for pattern in _TOKENIZER:
        for file in source.glob(pattern):
            shutil.copyfile(file, target / file.name)
