"""Adapters and models made to harm who loads them are refused before any library sees them."""

import json
import pickle
from pathlib import Path

import pytest

from tallystick.errors import InvalidInput
from tallystick.pipeline.models.adapter import check_adapter
from tallystick.pipeline.models.foundation import check_model_folder
from tallystick.pipeline.models.weight_files import check_safetensors

CONFIG = {
    "peft_type": "LORA", "r": 2, "lora_alpha": 4, "lora_dropout": 0.0, "target_modules": ["q_proj"],
    "layers_to_transform": None, "bias": "none", "task_type": "CAUSAL_LM",
}  # fmt: skip
PLAIN = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}


def packed(header: object, size: int = 16) -> bytes:
    told = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(told).to_bytes(8, "little") + told + bytes(size)


HOSTILE = {
    "pickle": pickle.dumps({"weights": [1.0]}),
    "zip": b"PK\x03\x04" + bytes(60),
    "huge header": (1 << 62).to_bytes(8, "little") + b"{}" + bytes(20),
    "header beyond the file": (500).to_bytes(8, "little") + b"{}" + bytes(20),
    "header of many values": packed(b'{"a":[' + b"[]," * 3_000_000 + b"[]]}"),
    "deep header": packed(b'{"a":' + b"[" * 200_000),
    "no JSON": packed(b"{'a': 1}"),
    "nan": packed(b'{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,16]}}'),
    "overlap": packed({"a": PLAIN, "b": PLAIN}),
    "gap": packed({"a": PLAIN, "b": {**PLAIN, "data_offsets": [20, 36]}}, 36),
    "behind the end": packed({"a": {**PLAIN, "data_offsets": [16, 32]}}),
    "bytes behind": packed({"a": PLAIN}, 17),
    "huge shape": packed({"a": {**PLAIN, "shape": [1 << 40, 1 << 40]}}),
    "negative": packed({"a": {**PLAIN, "shape": [-2, -2]}}),
    "true is no size": packed({"a": {"dtype": "U8", "shape": [True], "data_offsets": [0, 1]}}, 1),
    "unknown type": packed({"a": {**PLAIN, "dtype": "O"}}),
    "no object": packed({"a": 7}),
    "empty": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_weights_when_hostile_are_refused(name: str, tmp_path: Path) -> None:
    file = tmp_path / "adapter_model.safetensors"
    file.write_bytes(HOSTILE[name])

    with pytest.raises(InvalidInput, match="not a safetensors file"):
        check_safetensors(file)


def test_weights_when_sound_pass(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(
        packed({"__metadata__": {"format": "pt"}, "b": {**PLAIN, "data_offsets": [16, 32]}, "a": PLAIN}, 32)
    )

    check_safetensors(file)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"r": 10**9}, "1 to 1024"),
        ({"r": True}, "no valid `r`"),
        ({"r": "2"}, "no valid `r`"),
        ({"target_modules": "__import__"}, "target_modules"),
        ({"peft_type": "X-LORA"}, "is not a LoRA"),
        ({"peft_type": ["LORA"]}, "is not a LoRA"),
    ],
)
def test_configuration_when_hostile_is_refused(change: dict[str, object], why: str, tmp_path: Path) -> None:
    (tmp_path / "adapter_model.safetensors").write_bytes(packed({"a": PLAIN}))
    (tmp_path / "adapter_config.json").write_text(json.dumps(CONFIG | change))

    with pytest.raises(InvalidInput, match=why):
        check_adapter(tmp_path)


def test_configuration_when_it_names_code_is_rebuilt_without_it(tmp_path: Path) -> None:
    (tmp_path / "adapter_model.safetensors").write_bytes(packed({"a": PLAIN}))
    evil = {
        "auto_mapping": {"parent_library": "os"},
        "megatron_core": "os",
        "base_model_name_or_path": "evil/base",
    }
    (tmp_path / "adapter_config.json").write_text(json.dumps({**CONFIG, **evil, "trust_remote_code": True}))

    assert check_adapter(tmp_path) == {k: v for k, v in CONFIG.items() if k != "peft_type"}


def test_model_when_it_brings_code_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(packed({"a": PLAIN}))
    told = {"architectures": ["XForCausalLM"], "auto_map": {"AutoModelForCausalLM": "evil.X"}}
    (tmp_path / "config.json").write_text(json.dumps(told))

    with pytest.raises(InvalidInput, match="auto_map"):
        check_model_folder(tmp_path)
