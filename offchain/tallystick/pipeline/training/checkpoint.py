"""Checkpoints of a training: weights, optimiser and random state, whole or not at all, two at a time.

Resumed on the machine, threads and tools that wrote it, a training goes on to the bits that it would have come to.
"""

import hashlib
import json
import os
import platform
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping
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
Plain = Mapping[str, dict[str, Any]]


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


Found = tuple[dict[str, torch.Tensor], dict[str, dict[str, Any]], Mark]


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

    `facts` must be the same when it goes on. `tell` gets a sentence for each checkpoint that is refused. At `points`,
    steps on the way, there is one that stays until the end.
    """

    def __init__(
        self,
        folder: Path,
        facts: Mapping[str, str],
        *,
        every_steps: int = EVERY_STEPS,
        every_s: float = EVERY_S,
        points: Collection[int] = (),
        tell: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self._folder, self._facts, self._tell = folder, dict(facts), tell
        self._every_steps, self._every_s, self._points = every_steps, every_s, frozenset(points)
        self._saved_at = time.monotonic()

    def due(self, step: int) -> bool:
        is_time = time.monotonic() - self._saved_at >= self._every_s
        return is_time or step % self._every_steps == 0 or step in self._points

    def save(self, weights: Weights, optimiser: torch.optim.Optimizer, mark: Mark) -> None:
        """The folder of this step appears when all its bytes are on the disk; older ones than KEPT go."""
        self.write(*state_of(weights, optimiser), mark)

    def write(self, tensors: Mapping[str, torch.Tensor], plain: Plain, mark: Mark) -> None:
        """`save` of what `state_of` gave."""
        from safetensors.torch import save_file

        part, done = self._folder / ".part", self._folder / _name(mark.step)
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        save_file({k: t.detach().cpu().contiguous() for k, t in tensors.items()}, part / _TENSORS)
        told = {"mark": asdict(mark), "facts": self._facts, "optimiser": plain, "tensors": _sha256(part)}
        sealed = {"state": told, "sha256": _digest(told)}
        (part / _STATE).write_text(json.dumps(sealed) + "\n", encoding="utf-8")
        for path in (part / _TENSORS, part / _STATE, part):
            _to_disk(path)
        shutil.rmtree(done, ignore_errors=True)
        part.rename(done)
        _to_disk(self._folder)
        passing = [p for p in self._newest_first() if int(p.name.removeprefix("step-")) not in self._points]
        for old in passing[KEPT:]:
            shutil.rmtree(old, ignore_errors=True)
        self._saved_at = time.monotonic()

    def resume(self, weights: Weights, optimiser: torch.optim.Optimizer) -> Mark:
        """The newest sound checkpoint's state, put into `weights`, `optimiser` and torch's random state.

        The beginning where there is none. Conflict where it was written under other facts.
        """
        found = self.newest(weights)
        if found is None:
            return Mark()
        tensors, plain, mark = found
        restore(weights, optimiser, tensors, plain)
        return mark

    def newest(self, weights: Weights) -> Found | None:
        """What `resume` goes on from, read and checked; None at the beginning."""
        for folder in self._newest_first():
            try:
                state, tensors = _read(folder)
                self._check_facts(state["facts"])
                _check_fits(weights, tensors)
                return tensors, state["optimiser"], _mark(state)
            except IntegrityMismatch as error:
                self._tell(f"The checkpoint {folder.name} is damaged: {error} The one before it is used.")
        return None

    def on_the_way(self) -> Iterator[tuple[Mark, dict[str, torch.Tensor]]]:
        """How far the training was at each of its `points`, and the weights that it had there, by name."""
        for step in sorted(self._points):
            folder = self._folder / _name(step)
            if not folder.exists():
                continue
            try:
                state, tensors = _read(folder)
            except IntegrityMismatch as error:
                self._tell(f"The checkpoint {folder.name} is damaged: {error} The curve goes without it.")
                continue
            weights = {n.removeprefix("weights."): t for n, t in tensors.items() if n.startswith("weights.")}
            yield _mark(state), weights

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


def state_of(
    weights: Weights, optimiser: torch.optim.Optimizer
) -> tuple[dict[str, torch.Tensor], dict[str, dict[str, Any]]]:
    """Tensors by name and the optimiser's other values. Of sharded weights the whole: then all processes must ask."""
    tensors = {f"weights.{name}": _whole(w) for name, w in weights.items()} | _random_state()
    plain: dict[str, dict[str, Any]] = {}
    for place, held in optimiser.state_dict()["state"].items():
        for key, value in held.items():
            if isinstance(value, torch.Tensor):
                tensors[f"optimiser.{place}.{key}"] = _whole(value)
            else:
                plain.setdefault(str(place), {})[key] = value
    return tensors, plain


def _random_state() -> dict[str, torch.Tensor]:
    cards = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {"random.cpu": torch.get_rng_state()} | {f"random.{i}": s for i, s in enumerate(cards)}


def restore(
    weights: Weights, optimiser: torch.optim.Optimizer, tensors: Mapping[str, torch.Tensor], plain: Plain
) -> None:
    """Undo `state_of`, also into weights that are sharded."""
    every = list(weights.values())
    put(weights, {name: _as_held(tensors[f"weights.{name}"], weight) for name, weight in weights.items()})
    state: dict[int, dict[str, Any]] = {int(place): dict(held) for place, held in plain.items()}
    for name, place, key in _parts(tensors):
        state.setdefault(place, {})[key] = _as_held(tensors[name], every[place])
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
    torch.set_rng_state(tensors["random.cpu"])
    cards = [tensors[n] for n in sorted(tensors) if n.startswith("random.") and n != "random.cpu"]
    if cards and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(cards)


def put(into: Weights, values: Weights) -> None:
    """The `values` in place, by name."""
    with torch.no_grad():
        for name, value in values.items():
            into[name].copy_(value)


def _whole(tensor: torch.Tensor) -> torch.Tensor:
    made: torch.Tensor = tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor
    return made


def _as_held(value: torch.Tensor, weight: Any) -> torch.Tensor:
    """Sharded like the weight that it is of, where it has that shape; a step's count has not."""
    if not hasattr(weight, "full_tensor") or value.shape != weight.shape:
        return value
    from torch.distributed.tensor import distribute_tensor

    made: torch.Tensor = distribute_tensor(value.to(weight.device), weight.device_mesh, weight.placements)
    return made


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


def _name(step: int) -> str:
    return f"step-{step:08d}"


def _mark(state: Mapping[str, Any]) -> Mark:
    return Mark(**{**state["mark"], "losses": tuple(state["mark"]["losses"])})


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
