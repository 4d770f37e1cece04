"""A file of named arrays: written as a whole or not at all, opened by its first bytes, mapped into memory."""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tallystick.commitments.canonical import canonical_json
from tallystick.errors import IntegrityMismatch, NotFound

MAGIC = b"TALLYIX1"
_HEAD = len(MAGIC) + 4 + 32
_ALIGNED = 64
_MOST_HEADER = 1 << 26
_HINT = "Remove the file: it is built again when the model is served."
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Sections:
    """`facts` are as they were written. Arrays are read when they are used."""

    path: Path
    facts: Mapping[str, Any]
    arrays: Mapping[str, Array]
    digests: Mapping[str, str]

    def check(self) -> None:
        """Read everything once; `IntegrityMismatch` where a byte changed since it was written."""
        for name, array in self.arrays.items():
            if digest_of(array).hex() != self.digests[name]:
                raise IntegrityMismatch(f"The part {name!r} of {self.path} is damaged.", _HINT)


def digest_of(array: Array) -> bytes:
    """SHA-256 of the array's bytes, 32 bytes."""
    return hashlib.sha256(np.ascontiguousarray(array).view(np.uint8).reshape(-1).data).digest()


def write_sections(path: Path, facts: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Facts are canonical JSON (no floats). What stood at `path` stays until the new file is on disk."""
    table, at = {}, 0
    for name, array in arrays.items():
        form = array.dtype.descr if array.dtype.names else array.dtype.str
        table[name] = {
            "form": json.loads(json.dumps(form)),
            "shape": list(array.shape),
            "at": at,
            "digest": digest_of(array).hex(),
        }
        at += -(-array.nbytes // _ALIGNED) * _ALIGNED
    header = canonical_json({"facts": dict(facts), "arrays": table})
    head = MAGIC + len(header).to_bytes(4, "little") + hashlib.sha256(header).digest() + header
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(head + bytes(-len(head) % _ALIGNED))
            for array in arrays.values():
                file.write(array.tobytes() + bytes(-array.nbytes % _ALIGNED))
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def open_sections(path: Path) -> Sections:
    """`NotFound` where there is no file, `IntegrityMismatch` for one that is foreign, cut off or damaged in its header.

    Only the header is read: `Sections.check` reads the rest.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            body, start = _header(path, file.read(_HEAD), size), 0
            header = file.read(body[0])
    except FileNotFoundError as error:
        raise NotFound(f"There is no index at {path}.", "It is built when its model is served.") from error
    except OSError as error:
        raise IntegrityMismatch(f"{path} cannot be read: {error}.", _HINT) from error
    if hashlib.sha256(header).digest() != body[1]:
        raise IntegrityMismatch(f"The header of {path} is damaged.", _HINT)
    start = -(-(_HEAD + len(header)) // _ALIGNED) * _ALIGNED
    try:
        told = json.loads(header)
        arrays = {name: _mapped(path, entry, start, size) for name, entry in told["arrays"].items()}
        digests = {name: str(entry["digest"]) for name, entry in told["arrays"].items()}
        return Sections(path, told["facts"], arrays, digests)
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityMismatch(
            f"{path} is cut off or not laid out as an index: {error!r}.", _HINT
        ) from error


def _header(path: Path, head: bytes, size: int) -> tuple[int, bytes]:
    """The header's length and digest."""
    length = int.from_bytes(head[len(MAGIC) : len(MAGIC) + 4], "little")
    if len(head) < _HEAD or head[: len(MAGIC)] != MAGIC or length > min(size, _MOST_HEADER):
        raise IntegrityMismatch(f"{path} is no index of this format.", _HINT)
    return length, head[-32:]


def _mapped(path: Path, entry: Mapping[str, Any], start: int, size: int) -> Array:
    form = entry["form"]
    kind = np.dtype(form if isinstance(form, str) else [_field(f) for f in form])
    shape, at = tuple(int(n) for n in entry["shape"]), start + int(entry["at"])
    count = int(np.prod(shape, dtype=np.int64))
    if kind.hasobject or at < start or min(shape, default=0) < 0 or at + count * kind.itemsize > size:
        raise ValueError("a part ends behind the file's end")
    if not count:
        return np.zeros(shape, dtype=kind)
    return np.memmap(path, dtype=kind, mode="r", offset=at, shape=shape)


def _field(told: Any) -> Any:
    return tuple(tuple(part) if isinstance(part, list) else part for part in told)
