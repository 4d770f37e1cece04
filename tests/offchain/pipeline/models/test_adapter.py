"""Adapters: what is saved comes back, and nothing that could run is loaded."""

import json
import pickle
from pathlib import Path

import pytest

from tallystick.errors import InvalidInput
from tallystick.pipeline.models.adapter import adapter_digest, check_adapter
from tallystick.pipeline.models.foundation import check_model_folder, digest_of, digest_of_files


def plain_adapter(folder: Path) -> Path:
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    (folder / "adapter_model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    config = {
        "peft_type": "LORA",
        "r": 4,
        "lora_alpha": 8,
        "lora_dropout": 0.0,
        "target_modules": ["q_proj"],
        "layers_to_transform": [1],
        "bias": "none",
        "task_type": "CAUSAL_LM",
        "auto_mapping": {"run": "me"},
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder


def test_check_adapter_when_plain_keeps_known_fields_only(tmp_path: Path) -> None:
    assert set(check_adapter(plain_adapter(tmp_path))) == {
        "r",
        "lora_alpha",
        "lora_dropout",
        "target_modules",
        "layers_to_transform",
        "bias",
        "task_type",
    }


def test_check_adapter_when_weights_are_a_pickle_refuses(tmp_path: Path) -> None:
    plain_adapter(tmp_path)
    (tmp_path / "adapter_model.safetensors").write_bytes(pickle.dumps({"w": [1.0] * 100}))

    with pytest.raises(InvalidInput, match="not a safetensors file"):
        check_adapter(tmp_path)


def test_check_adapter_when_a_field_has_another_type_names_it(tmp_path: Path) -> None:
    plain_adapter(tmp_path)
    config = json.loads((tmp_path / "adapter_config.json").read_text())
    (tmp_path / "adapter_config.json").write_text(json.dumps({**config, "r": "4"}))

    with pytest.raises(InvalidInput, match="`r`"):
        check_adapter(tmp_path)


@pytest.mark.parametrize("missing", ["adapter_model.safetensors", "adapter_config.json"])
def test_check_adapter_when_a_file_is_missing_says_so(tmp_path: Path, missing: str) -> None:
    (plain_adapter(tmp_path) / missing).unlink()

    with pytest.raises(InvalidInput, match="no adapter"):
        check_adapter(tmp_path)


def test_adapter_digest_when_a_byte_changes_changes(tmp_path: Path) -> None:
    before = adapter_digest(plain_adapter(tmp_path))
    weights = tmp_path / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\1")

    assert adapter_digest(tmp_path) != before


def test_digest_of_files_equals_that_of_their_folder(tmp_path: Path) -> None:
    plain_adapter(tmp_path)

    assert digest_of_files({p.name: p.read_bytes() for p in tmp_path.iterdir()}) == digest_of(tmp_path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda f: None, "is not a folder"),
        (lambda f: f.mkdir(), "no config.json"),
        (lambda f: (f.mkdir(), (f / "config.json").write_text("{}")), "no safetensors"),
        (
            lambda f: (
                f.mkdir(),
                (f / "config.json").write_text("{}"),
                (f / "pytorch_model.bin").write_bytes(b"x"),
            ),
            "pickled",
        ),
    ],
)
def test_check_model_folder_when_it_is_no_model_says_what_it_lacks(
    tmp_path: Path, make: object, message: str
) -> None:
    folder = tmp_path / "model"
    make(folder)  # type: ignore[operator]

    with pytest.raises(InvalidInput, match=message):
        check_model_folder(folder)


@pytest.mark.parametrize("config", ["{", '{"architectures": ["BertModel"]}', "[]"])
def test_check_model_folder_when_the_configuration_is_no_language_model_refuses(
    tmp_path: Path, config: str
) -> None:
    plain_adapter(tmp_path)
    (tmp_path / "config.json").write_text(config)

    with pytest.raises(InvalidInput):
        check_model_folder(tmp_path)
