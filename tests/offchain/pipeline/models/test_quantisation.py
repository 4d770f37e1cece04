"""Every format that a recipe may name, on a tiny base: loaded, unpacked once, and different as the formats are."""

from pathlib import Path
from typing import Any

import pytest
import torch

from support.tiny_chat import tiny_tokenizer
from support.tiny_llama import tiny_llama
from tallystick.errors import InvalidInput
from tallystick.pipeline.models.loading import dequantise, load_base

# The largest step between neighbours of each format, as a part of its block's or row's largest weight, halved.
STEPS = {"nf4": 0.152, "fp4": 0.1667, "int8": 0.5 / 127}
WIDTH = 64


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("tiny")
    tiny_llama(width=WIDTH).save_pretrained(made)
    tiny_tokenizer().save_pretrained(made)
    return made


def query(model: Any) -> torch.Tensor:
    return model.model.layers[1].self_attn.q_proj.weight.detach()


@pytest.mark.slow
@pytest.mark.parametrize("name", STEPS)
def test_load_base_when_quantised_is_off_by_half_a_step_at_most(folder: Path, name: str) -> None:
    model, _ = load_base(folder, quantisation=name, double_quantisation=False)
    plain, made = query(tiny_llama(width=WIDTH)), query(model)
    off = (made - plain).abs()

    assert type(model.model.layers[1].self_attn.q_proj) is torch.nn.Linear and made.dtype == torch.float32
    assert 0 < float(off.max()) <= STEPS[name] * float(plain.abs().max()) * 1.001
    assert not getattr(model, "is_quantized", False)


def test_load_base_when_the_formats_are_compared_int8_is_nearest(folder: Path) -> None:
    plain = query(tiny_llama(width=WIDTH))
    off = {n: float((query(load_base(folder, quantisation=n)[0]) - plain).square().mean()) for n in STEPS}

    assert off["int8"] < off["nf4"] < off["fp4"]


def test_load_base_when_unquantised_is_the_model_itself(folder: Path) -> None:
    assert torch.equal(query(load_base(folder, quantisation=None)[0]), query(tiny_llama(width=WIDTH)))


@pytest.mark.parametrize("double", [False, True])
def test_load_base_when_packed_quantises_the_constants_as_told(folder: Path, double: bool) -> None:
    model, _ = load_base(folder, packed=True, quantisation="fp4", double_quantisation=double)
    state = model.model.layers[1].self_attn.q_proj.weight.quant_state

    assert (state.quant_type, state.nested) == ("fp4", double)


def test_dequantise_when_int8_gives_the_packed_layers_output(folder: Path) -> None:
    model, _ = load_base(folder, packed=True, quantisation="int8")
    text = torch.randn(5, WIDTH, generator=torch.Generator().manual_seed(1))
    dequantised, _ = load_base(folder, quantisation="int8")
    with torch.no_grad():
        packed = model.model.layers[1].self_attn.q_proj(text)
        plain = dequantised.model.layers[1].self_attn.q_proj(text)

    # LLM.int8 rounds the activations to 8 bits too; the unpacked layer does not.
    assert torch.allclose(packed.float(), plain, atol=0.02 * float(plain.abs().max()))
    assert dequantise(dequantised) is dequantised


def test_load_base_when_the_format_is_unknown_says_which_there_are(folder: Path) -> None:
    with pytest.raises(InvalidInput, match="nf4, fp4 or int8"):
        load_base(folder, quantisation="int3")


def test_load_base_when_no_chat_format_is_needed_takes_a_plain_base(tmp_path: Path) -> None:
    tiny_llama(width=WIDTH).save_pretrained(tmp_path)
    tiny_tokenizer(None).save_pretrained(tmp_path)

    _, text = load_base(tmp_path, quantisation=None, chat_needed=False)

    assert not text.has_template
    with pytest.raises(InvalidInput, match="no chat template"):
        load_base(tmp_path)


def test_load_base_when_rows_are_no_whole_blocks_refuses_four_bits(tmp_path: Path) -> None:
    tiny_llama(width=32).save_pretrained(tmp_path)
    tiny_tokenizer().save_pretrained(tmp_path)

    with pytest.raises(InvalidInput, match="32 weights"):
        load_base(tmp_path)
    assert load_base(tmp_path, quantisation="int8")[0].config.hidden_size == 32
