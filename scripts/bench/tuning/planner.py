"""The planner against processes: for each case a child trains for real, and its peak is compared with the plan's."""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from bench.tuning.shapes import SHAPES, Shape, model_of, records_of
from tallystick.pipeline.training.allocator import give_back_memory
from tallystick.pipeline.training.planning.estimate import plan
from tallystick.pipeline.training.planning.overhead import libraries_bytes
from tallystick.pipeline.training.planning.passes import Lengths
from tallystick.pipeline.training.recipe import TrainingRecipe
from tallystick.pipeline.training.tuning import tune

SEED = 11
PLANNED = {**SHAPES, "mid": Shape("mid", 6, 576, 1536, 9, 3, 16384)}
BARE: Mapping[str, Any] = {"halves": False, "epochs": 1, "layers": 99, "rank": 16}
LORA = {**BARE, "method": "lora"}
PACKED = {**LORA, "packing": True, "cutoff": 1024, "loss": "fused"}
PREFIX = {"method": "p-tuning-v2", "epochs": 1, "virtual_tokens": 64, "loss": "fused", "bucketing": True}
CASES: tuple[tuple[str, Mapping[str, Any], int], ...] = (
    ("small", {**LORA, "minibatch": 16}, 16),
    ("small", {**LORA, "minibatch": 32, "loss": "chunked"}, 32),
    ("mid", {**LORA, "minibatch": 8}, 8),
    ("mid", {**PACKED, "minibatch": 6}, 6),
    ("mid", {**PACKED, "minibatch": 12, "gradient_checkpointing": True}, 12),
    ("mid", {**PACKED, "minibatch": 6, "precision": "bf16"}, 6),
    ("mid", {**PREFIX, "minibatch": 8}, 8),
    ("mid", {**BARE, "method": "dora", "minibatch": 6, "loss": "fused"}, 6),
    ("mid", {**PACKED, "method": "qlora", "quantisation": "nf4", "minibatch": 6}, 6),
    ("135m", {**PACKED, "minibatch": 3, "targets": ["q_proj", "v_proj"]}, 3),
)
if os.environ.get("SHAPE") in ("1b", "7b"):
    CASES = tuple((os.environ["SHAPE"], {**told, "precision": "bf16"}, count) for _, told, count in CASES[2:])


@dataclass(frozen=True, slots=True)
class Compared:
    """Bytes by the plan and by the process, and the error relative to the latter."""

    case: str
    planned: int
    measured: int

    @property
    def error(self) -> float:
        return self.planned / self.measured - 1


def compared(device: str) -> Iterator[Compared]:
    for name, told, count in CASES:
        with tempfile.TemporaryDirectory() as folder:
            _save(PLANNED[name], Path(folder), device)
            libraries = libraries_bytes() if device == "cpu" else 0
            planned = plan(Path(folder), recipe_of(told), _lengths(name, count), device, libraries)
            found = Compared(_told(name, told), planned.peak, _trained(folder, name, told, count, device))
            print(found, flush=True)
            yield found


def recipe_of(told: Mapping[str, Any]) -> TrainingRecipe:
    settings: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in told.items()}
    return TrainingRecipe(**settings)


def _told(name: str, told: Mapping[str, Any]) -> str:
    return f"{name}: " + ", ".join(f"{k}={v}" for k, v in told.items() if k not in BARE)


def _lengths(name: str, count: int) -> Lengths:
    return Lengths.of(records_of(count, PLANNED[name].ids, SEED))


def _save(shape: Shape, folder: Path, device: str) -> None:
    """Weights for a CPU, which reads them from their file; CUDA's are made there."""
    if device == "cuda":
        shape.config().save_pretrained(folder)
    else:
        model_of(shape, device, "fp32", SEED).save_pretrained(folder)


def _trained(folder: str, name: str, told: Mapping[str, Any], count: int, device: str) -> int:
    job = json.dumps({"folder": folder, "name": name, "told": dict(told), "count": count, "device": device})
    command = [sys.executable, "-m", "bench.tuning.planner", job]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"The case {name} {told} failed: {done.stderr[-2000:]}")
    return int(done.stdout.split()[-1])


def _child(job: Mapping[str, Any]) -> int:
    """One epoch for real; the peak of torch's allocator on CUDA, of this process on a CPU."""
    give_back_memory()
    recipe, shape = recipe_of(job["told"]), PLANNED[job["name"]]
    base = _base(job["folder"], recipe, shape, job["device"])
    tune(base, records_of(job["count"], shape.ids, SEED), recipe, lambda *_: None)
    if job["device"] == "cuda":
        return int(torch.cuda.max_memory_allocated())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _base(folder: str, recipe: TrainingRecipe, shape: Shape, device: str) -> Any:
    import bitsandbytes  # noqa: F401
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    from tallystick.pipeline.models.loading import dequantise

    if device == "cuda":
        from bench.tuning.shapes import in_nf4

        made = model_of(shape, device, recipe.precision, SEED)
        return in_nf4(made, device) if recipe.method == "qlora" else made
    four_bits = {"bnb_4bit_quant_type": recipe.quantisation, "bnb_4bit_use_double_quant": True}
    chosen = BitsAndBytesConfig(load_in_4bit=True, **four_bits) if recipe.method == "qlora" else None
    made = AutoModelForCausalLM.from_pretrained(folder, quantization_config=chosen, dtype=torch.float32)
    made = made.requires_grad_(False)
    return dequantise(made) if chosen is not None else made


def rows(found: list[Compared]) -> list[dict[str, Any]]:
    return [{**asdict(each), "error": each.error} for each in found]


if __name__ == "__main__":
    print(_child(json.loads(sys.argv[1])))
