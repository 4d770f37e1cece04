"""Checkpoints of a training: weights, optimiser and random state, whole or not at all, two at a time.

Resumed on the machine, threads and tools that wrote it, a training goes on to the bits that it would have come to.
"""

import hashlib
import json
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from tallystick.errors import Conflict, IntegrityMismatch

EVERY_STEPS, EVERY_S, KEPT = 50, 30.0, 2
_TENSORS, _STATE = "state.safetensors", "state.json"
_TOOLS = ("torch", "transformers", "peft", "bitsandbytes", "safetensors")
Weights = Mapping[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a training is: steps done with their losses, token ids and positions run, seconds of work."""

    step: int = 0
    losses: tuple[float, ...] = ()
    real: int = 0
    positions: int = 0
    seconds: float = 0.0

    def after(self, loss: float, real: int, positions: int, seconds: float) -> "Mark":
        """One step further; `seconds` are those of all steps."""
        return replace(
            self,
            step=self.step + 1,
            losses=(*self.losses, loss),
            real=self.real + real,
            positions=self.positions + positions,
            seconds=seconds,
        )


def machine_facts(device: str = "cpu") -> dict[str, str]:
    """What the bits of a training depend on beside its recipe and its data. Torch must have its threads already."""
    chip = torch.cuda.get_device_name() if device == "cuda" else _processor()
    tools = {name: version(name) for name in _TOOLS}
    return {
        "machine": f"{platform.system()} {platform.machine()}, {chip}",
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": str(torch.get_num_threads()),
        "python": platform.python_version(),
        **tools,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((x.partition(":")[2].strip() for x in lines if x.startswith("model name")), "unknown")


class Checkpoints:
    """Of one training, in `folder`; due every `every_steps` steps or `every_s` seconds, whichever comes first.

    `facts` must be the same when it goes on. `tell` gets a sentence for each checkpoint that is refused.
    """

    def __init__(
        self,
        folder: Path,
        facts: Mapping[str, str],
        *,
        every_steps: int = EVERY_STEPS,
        every_s: float = EVERY_S,
        tell: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self._folder, self._facts, self._tell = folder, dict(facts), tell
        self._every_steps, self._every_s = every_steps, every_s
        self._saved_at = time.monotonic()

    def due(self, step: int) -> bool:
        return step % self._every_steps == 0 or time.monotonic() - self._saved_at >= self._every_s

    def save(self, weights: Weights, optimiser: torch.optim.Optimizer, mark: Mark) -> None:
        """The folder of this step appears when all its bytes are on the disk; older ones than KEPT go."""
        from safetensors.torch import save_file

        part, done = self._folder / ".part", self._folder / f"step-{mark.step:08d}"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        tensors, plain = _state_of(weights, optimiser)
        save_file({k: t.detach().cpu().contiguous() for k, t in tensors.items()}, part / _TENSORS)
        told = {"mark": asdict(mark), "facts": self._facts, "optimiser": plain, "tensors": _sha256(part)}
        sealed = {"state": told, "sha256": _digest(told)}
        (part / _STATE).write_text(json.dumps(sealed) + "\n", encoding="utf-8")
        for path in (part / _TENSORS, part / _STATE, part):
            _to_disk(path)
        shutil.rmtree(done, ignore_errors=True)
        part.rename(done)
        _to_disk(self._folder)
        for old in self._newest_first()[KEPT:]:
            shutil.rmtree(old, ignore_errors=True)
        self._saved_at = time.monotonic()

    def resume(self, weights: Weights, optimiser: torch.optim.Optimizer) -> Mark:
        """The newest sound checkpoint's state, put into `weights`, `optimiser` and torch's random state.

        The beginning where there is none. Conflict where it was written under other facts.
        """
        for folder in self._newest_first():
            try:
                state, tensors = _read(folder)
                self._check_facts(state["facts"])
                _check_fits(weights, tensors)
                mark = state["mark"]
                found = Mark(**{**mark, "losses": tuple(mark["losses"])})
                _restore(weights, optimiser, tensors, state["optimiser"])
                return found
            except IntegrityMismatch as error:
                self._tell(f"The checkpoint {folder.name} is damaged: {error} The one before it is used.")
        return Mark()

    def clear(self) -> None:
        """Take them away once there is a result."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _newest_first(self) -> list[Path]:
        return sorted(self._folder.glob("step-*"), reverse=True)

    def _check_facts(self, written: Mapping[str, str]) -> None:
        names = sorted({*written, *self._facts})
        other = [
            f"{n} {written.get(n)!r}, now {self._facts.get(n)!r}"
            for n in names
            if written.get(n) != self._facts.get(n)
        ]
        if other:
            raise Conflict(
                f"This training began with {'; '.join(other)}. It would not come to the same adapter.",
                "Resume it as it began, or train anew.",
            )


def _state_of(
    weights: Weights, optimiser: torch.optim.Optimizer
) -> tuple[dict[str, torch.Tensor], dict[str, dict[str, Any]]]:
    tensors = {f"weights.{name}": w for name, w in weights.items()} | _random_state()
    plain: dict[str, dict[str, Any]] = {}
    for place, held in optimiser.state_dict()["state"].items():
        for key, value in held.items():
            if isinstance(value, torch.Tensor):
                tensors[f"optimiser.{place}.{key}"] = value
            else:
                plain.setdefault(str(place), {})[key] = value
    return tensors, plain


def _random_state() -> dict[str, torch.Tensor]:
    cards = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {"random.cpu": torch.get_rng_state()} | {f"random.{i}": s for i, s in enumerate(cards)}


def _restore(
    weights: Weights,
    optimiser: torch.optim.Optimizer,
    tensors: Mapping[str, torch.Tensor],
    plain: Mapping[str, dict[str, Any]],
) -> None:
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(tensors[f"weights.{name}"])
    state: dict[int, dict[str, Any]] = {int(place): dict(held) for place, held in plain.items()}
    for name, place, key in _parts(tensors):
        state.setdefault(place, {})[key] = tensors[name]
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
    torch.set_rng_state(tensors["random.cpu"])
    cards = [tensors[n] for n in sorted(tensors) if n.startswith("random.") and n != "random.cpu"]
    if cards and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(cards)


def _parts(tensors: Mapping[str, torch.Tensor]) -> Iterator[tuple[str, int, str]]:
    for name in tensors:
        kind, _, rest = name.partition(".")
        place, _, key = rest.partition(".")
        if kind == "optimiser":
            yield name, int(place), key


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        sealed = json.loads((folder / _STATE).read_text(encoding="utf-8"))
        state = sealed["state"]
        if sealed["sha256"] != _digest(state) or state["tensors"] != _sha256(folder):
            raise IntegrityMismatch("Its bytes are not those that were written.")
        return state, load_file(folder / _TENSORS)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise IntegrityMismatch(f"It cannot be read: {error!r}.") from error


def _check_fits(weights: Weights, tensors: Mapping[str, torch.Tensor]) -> None:
    held = {n.removeprefix("weights."): t.shape for n, t in tensors.items() if n.startswith("weights.")}
    if held != {name: w.shape for name, w in weights.items()}:
        raise IntegrityMismatch("It holds the weights of another adapter.")


def _digest(state: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()


def _sha256(folder: Path) -> str:
    with (folder / _TENSORS).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
