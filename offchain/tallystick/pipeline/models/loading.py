"""Loads a base model, quantised as QLoRA has it or as it is, and puts adapters on it."""

import warnings
from collections.abc import Sequence
from logging import getLogger
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tallystick.errors import InvalidInput
from tallystick.pipeline.models.adapter import SERVED, WEIGHTS, check_adapter
from tallystick.pipeline.models.chat import ChatFormat
from tallystick.pipeline.models.foundation import check_model_folder
from tallystick.pipeline.models.weight_format import WeightFormat


def load_base(
    folder: Path,
    *,
    threads: int = 2,
    packed: bool = False,
    quantisation: str | None = "nf4",
    double_quantisation: bool = True,
    chat_needed: bool = True,
) -> tuple[Any, ChatFormat]:
    """The model in "nf4", "fp4" or "int8" through bitsandbytes (None: as it is), frozen, and its chat format.

    Its quantised layers are unpacked to fp32 once, so that training, judging and serving compute with the same numbers;
    `packed` keeps bitsandbytes' layers, which on some CPUs infer in bf16 and train in fp32.
    """
    _quieten()
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    check_model_folder(folder)
    torch.set_num_threads(threads)
    logging.disable_progress_bar()
    chosen = _bits(quantisation, double_quantisation)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        model = AutoModelForCausalLM.from_pretrained(
            folder,
            quantization_config=chosen,
            dtype=torch.float32,
            local_files_only=True,
            trust_remote_code=False,
        )
    except (OSError, ValueError, KeyError) as error:
        raise InvalidInput(f"{folder} cannot be loaded as a model: {error}.") from error
    if chat_needed and tokenizer.chat_template is None:
        raise InvalidInput(
            f"The tokenizer in {folder} has no chat template.", "Use an instruction-tuned model."
        )
    _check_blocks(model)
    frozen = model.eval().requires_grad_(False)
    return frozen if packed or chosen is None else dequantise(frozen), ChatFormat(tokenizer)


def load_as(
    folder: Path, form: WeightFormat, *, threads: int = 2, packed: bool = False, chat_needed: bool = True
) -> tuple[Any, ChatFormat]:
    """`load_base` in the numbers that an adapter was trained over."""
    model, chat = load_base(
        folder,
        threads=threads,
        packed=packed,
        quantisation=form.quantisation,
        double_quantisation=form.double_quantisation,
        chat_needed=chat_needed,
    )
    if form.is_rounded:
        to_dtype(model, torch.bfloat16)
        to_dtype(model, torch.float32)
    return model, chat


def to_dtype(model: Any, dtype: torch.dtype) -> None:
    """Every weight in place but packed ones; buffers stay, as rotary frequencies in bf16 would tell far positions
    wrongly.
    """
    for weight in model.parameters():
        if weight.is_floating_point():
            weight.data = weight.data.to(dtype)


def _bits(quantisation: str | None, double: bool) -> Any:
    """How bitsandbytes is told; `InvalidInput` for a format that it does not have."""
    from transformers import BitsAndBytesConfig

    if quantisation is None:
        return None
    if quantisation == "int8":
        return BitsAndBytesConfig(load_in_8bit=True)
    if quantisation not in ("nf4", "fp4"):
        raise InvalidInput(f"There is no quantisation {quantisation!r}.", "Use nf4, fp4 or int8.")
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=quantisation,
        bnb_4bit_use_double_quant=double,
        bnb_4bit_compute_dtype=torch.float32,
    )


def _check_blocks(model: Any) -> None:
    """On a CPU bitsandbytes 0.50 reads 4-bit rows that end within a block with the wrong constants, and says nothing."""
    from bitsandbytes.nn import Linear4bit

    for name, layer in model.named_modules():
        if isinstance(layer, Linear4bit) and layer.in_features % layer.weight.blocksize:
            raise InvalidInput(
                f"{name} has rows of {layer.in_features} weights, no whole blocks of {layer.weight.blocksize}.",
                'This base cannot be held in 4 bits; use `quantisation = "int8"` or a method without it.',
            )


def _quieten() -> None:
    """Both libraries warn of what is not wrong here: a kernel package for other CPUs, and a name they changed."""
    getLogger("bitsandbytes.backends.cpu.ops").setLevel("ERROR")
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")


def dequantise(model: Any) -> Any:
    """Replace each quantised layer by the fp32 layer with the very numbers it stands for; faster on a CPU.

    Not after the packed model has inferred: on some CPUs bitsandbytes then repacks its data in place.
    """
    from bitsandbytes.functional import dequantize_4bit, int8_vectorwise_dequant
    from bitsandbytes.nn import Linear4bit, Linear8bitLt

    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, Linear4bit):
                weight = dequantize_4bit(child.weight.data, child.weight.quant_state)
            elif isinstance(child, Linear8bitLt):
                weight = int8_vectorwise_dequant(child.weight.data, child.weight.SCB)
            else:
                continue
            setattr(parent, name, _plain(child, weight.float()))
    for note in (
        "is_loaded_in_4bit",
        "is_loaded_in_8bit",
        "is_quantized",
        "quantization_method",
        "hf_quantizer",
    ):
        if hasattr(model, note):
            delattr(model, note)
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config  # or peft dispatches to its 4-bit layers
    return model


def _plain(child: Any, weight: torch.Tensor) -> nn.Linear:
    plain = nn.Linear(child.in_features, child.out_features, bias=child.bias is not None, device="meta")
    plain.weight = nn.Parameter(weight, requires_grad=False)
    if child.bias is not None:
        plain.bias = nn.Parameter(child.bias.data.float(), requires_grad=False)
    return plain


def with_adapter(model: Any, folder: Path, kinds: Sequence[str] = SERVED) -> Any:
    """The model with an adapter from disk, switched on. Adapters of other kinds than LoRA come without their encoder."""
    from peft import (
        PeftModel,
        PeftModelForCausalLM,
        get_peft_config,
        get_peft_model_state_dict,
        set_peft_model_state_dict,
    )
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    other = InvalidInput(
        f"The adapter in {folder} is broken or for another base model.", "Use the base that it names."
    )
    try:
        told = {"peft_type": "LORA", **check_adapter(folder, kinds)}
        config = get_peft_config({**told, "inference_mode": told["peft_type"] != "LORA"})
        wrapped = (
            PeftModel(model, config) if told["peft_type"] == "LORA" else PeftModelForCausalLM(model, config)
        )
        weights = load_file(folder / WEIGHTS)
    except (SafetensorError, ValueError) as error:
        raise other from error
    wanted = {name: w.shape for name, w in get_peft_model_state_dict(wrapped).items()}
    if wanted != {name: w.shape for name, w in weights.items()}:
        raise other  # a missing matrix would be served as random numbers
    if not all(bool(w.isfinite().all()) for w in weights.values()):
        raise other
    set_peft_model_state_dict(wrapped, weights)
    return wrapped.eval()
