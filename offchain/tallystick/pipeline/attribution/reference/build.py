"""What a reference score was computed with: the definition, by digest, and the machine beside it."""

import hashlib
import platform
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import torch

from tallystick.commitments.canonical import canonical_json
from tallystick.domain.ids import Hash

LIBRARIES = ("torch", "transformers", "tokenizers", "peft", "numpy")
# Whatever decides a prompt, a score or a share.
SOURCES = (
    "pipeline/attribution",
    "pipeline/inference/engine.py",
    "pipeline/models/chat.py",
    "pipeline/models/loading.py",
    "pipeline/inference/retrieval/library.py",
    "domain/lexical.py",
)


@dataclass(frozen=True, slots=True)
class ReferenceBuild:
    """`machine` is told for whoever compares, and is in no digest: honest machines agree within the tolerance."""

    libraries: tuple[tuple[str, str], ...]
    numbers: str
    code: Hash
    machine: str

    @property
    def digest(self) -> Hash:
        """Of everything but the machine: two auditors with one digest run one definition."""
        told: dict[str, Any] = {
            "libraries": [list(pair) for pair in self.libraries],
            "numbers": self.numbers,
            "code": "0x" + self.code.hex(),
        }
        return Hash(hashlib.sha256(canonical_json(told)).digest())


def reference_build() -> ReferenceBuild:
    """Of this process as it stands; another matmul precision is another build."""
    versions = tuple((name, version(name)) for name in LIBRARIES)
    numbers = f"cpu float32, one row, no cache, matmul {torch.get_float32_matmul_precision()}"
    kernels = torch.backends.cpu.get_cpu_capability()
    library = "mkldnn" if torch.backends.mkldnn.is_available() else "plain"
    machine = f"{platform.machine()} {kernels} {library} {torch.get_num_threads()} threads"
    return ReferenceBuild(versions, numbers, _code(), machine)


@cache
def _code() -> Hash:
    total = hashlib.sha256()
    for source in SOURCES:
        place = files("tallystick").joinpath(source)
        for name, text in sorted(_texts(place, source)):
            total.update(name.encode() + b"\0" + text + b"\0")
    return Hash(total.digest())


def _texts(place: Any, name: str) -> list[tuple[str, bytes]]:
    if place.is_file():
        return [(name, place.read_bytes())] if name.endswith(".py") else []
    inside = [_texts(child, f"{name}/{child.name}") for child in place.iterdir()]
    return [entry for texts in inside for entry in texts]
