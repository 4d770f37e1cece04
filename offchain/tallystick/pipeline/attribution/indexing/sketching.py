"""Long vectors to short ones that keep angles. Every draw comes out of a seed by a stream that any language can make."""

import numpy as np
import torch
from numpy.typing import NDArray

from tallystick.commitments.keccak import keccak256
from tallystick.commitments.leaves import sketch_seed
from tallystick.errors import InvalidInput
from tallystick.pipeline.attribution.indexing.grid import Rows
from tallystick.pipeline.attribution.indexing.matrices import Parts, check_parts

_TINY = 1e-12


def _drawn(seed: bytes, purpose: bytes, count: int) -> NDArray[np.uint64]:
    """Philox4x64-10 in counter mode; numpy promises its raw stream, not its distributions, for all versions."""
    key = np.frombuffer(keccak256(seed + purpose)[:16], dtype="<u8")
    made: NDArray[np.uint64] = np.random.Philox(key=key).random_raw(count)
    return made


class Sketcher:
    """Count sketch of unit gradients (Charikar, Chen, Farach-Colton 2002), seeded by a manifest's root.

    The root is known only once every data set of the manifest is committed, so that no owner can write a record for the
    sketch; and an operator who wants another sketch has to train on another manifest. An adapter's digest would not do:
    its last bit may be turned at no cost.
    """

    def __init__(self, manifest: bytes, width: int, parts: Parts = ()) -> None:
        if width < 1 or width & (width - 1):
            raise InvalidInput(f"A sketch of {width} numbers cannot be made.", "Use a power of two.")
        self._seed, self._width, self._parts = sketch_seed(manifest), width, parts
        self._bucket, self._sign = torch.zeros(0, dtype=torch.long), torch.zeros(0)

    def sketch(self, gradient: torch.Tensor) -> Rows:
        """Unit row of `width` numbers of the parts of the gradient, computed where that is; zeros where
        that is zero."""
        if self._parts:
            check_parts(self._parts, len(gradient))
            gradient = torch.cat([gradient[start:stop] for start, stop in self._parts])
        if self._bucket.shape != gradient.shape or self._bucket.device != gradient.device:
            self._draw(len(gradient), gradient.device)
        unit = torch.nn.functional.normalize(gradient.float(), dim=0, eps=_TINY)
        made = torch.zeros(self._width, device=gradient.device).index_add_(0, self._bucket, unit * self._sign)
        return np.asarray(torch.nn.functional.normalize(made, dim=0, eps=_TINY).cpu().numpy(), np.float32)

    def _draw(self, count: int, device: torch.device) -> None:
        raw = _drawn(self._seed, b"gradient", count)
        bucket = (raw & np.uint64(self._width - 1)).astype(np.int64)
        sign = (raw >> np.uint64(63)).astype(np.float32) * 2 - 1
        self._bucket = torch.from_numpy(bucket).to(device)
        self._sign = torch.from_numpy(sign).to(device)


class Rotation:
    """Signs, a cosine transform and some of its rows: angles stay as they are where all rows are kept.

    After it no number of a hidden state stands out, which a grid of one scale needs.
    """

    def __init__(self, manifest: bytes, wide: int, width: int) -> None:
        if not 1 <= width <= wide:
            raise InvalidInput(f"A hidden state of {wide} numbers has no {width} to keep.")
        raw = _drawn(sketch_seed(manifest), b"hidden", 2 * wide)
        self._signs = ((raw[:wide] >> np.uint64(63)).astype(np.float32) * 2 - 1)[None]
        kept = np.sort(np.argsort(raw[wide:], kind="stable")[:width])
        angles = np.pi / wide * np.outer(np.arange(wide) + 0.5, kept)
        self._cosines = (np.cos(angles) * np.where(kept == 0, np.sqrt(0.5), 1.0)).astype(np.float32)

    def turned(self, rows: Rows) -> Rows:
        """Unit rows of `width` numbers."""
        made = (rows * self._signs) @ self._cosines
        return np.asarray(made / np.maximum(np.linalg.norm(made, axis=1, keepdims=True), _TINY), np.float32)
