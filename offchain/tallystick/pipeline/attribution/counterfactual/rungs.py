"""Adapters retrained on growing prefixes of the records, kept to be asked about every answer."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tallystick.errors import IntegrityMismatch
from tallystick.pipeline.attribution.counterfactual.adapters import Weights, digest_of_weights
from tallystick.pipeline.attribution.counterfactual.decoder import HalvesOf, Shape, SplitDecoder, Told
from tallystick.pipeline.attribution.counterfactual.retraining import Retrainer


class Rungs:
    """`adapters` by seed, then by rung above the first, which is the base itself."""

    def __init__(
        self, model: Any, halves: HalvesOf, shape: Shape, adapters: Sequence[Sequence[Weights]]
    ) -> None:
        self._decoder = SplitDecoder(model, halves, shape)
        self._adapters = adapters
        self._base = self._decoder.upper.fresh(0)

    def values(self, prompt_ids: Sequence[int], answer_ids: Sequence[int]) -> NDArray[np.float64]:
        """Log-probabilities of the answer, nats, of shape (seeds, rungs)."""
        told = [Told((*prompt_ids, *answer_ids), len(prompt_ids))]
        self._decoder.forget()
        base = self._decoder.logprobs(self._base, told)[0]
        return np.array(
            [[base, *(self._decoder.logprobs(a, told)[0] for a in seed)] for seed in self._adapters]
        )


def climb_all(
    retrainer: Retrainer, blocks: Sequence[Sequence[int]], seeds: Sequence[int]
) -> list[list[dict[str, torch.Tensor]]]:
    """Adapters on the first block, the first two, and so on; by seed."""
    ends = range(1, len(blocks) + 1)
    return [
        [retrainer.retrain([p for block in blocks[:end] for p in block], seed) for end in ends]
        for seed in seeds
    ]


def save_rungs(adapters: Sequence[Sequence[Weights]], file: Path) -> bytes:
    """One safetensors file, bf16 (adapters are trained in it); returns the digest of what `load_rungs` gives back."""
    from safetensors.torch import save_file

    flat = {
        f"{s}.{r}.{n}": w for s, seed in enumerate(adapters) for r, a in enumerate(seed) for n, w in a.items()
    }
    held = {name: w.to(torch.bfloat16).contiguous() for name, w in flat.items()}
    save_file(held, file)
    return digest_of_weights(held)


def load_rungs(file: Path, digest: bytes) -> list[list[Mapping[str, torch.Tensor]]]:
    """`IntegrityMismatch` for a file that is damaged, missing or another ladder's."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    wrong = IntegrityMismatch(f"{file} is not the ladder that was committed.", "Make the calibration again.")
    try:
        flat = load_file(file)
    except (OSError, SafetensorError) as error:
        raise wrong from error
    if digest_of_weights(flat) != digest:
        raise wrong
    found: dict[int, dict[int, dict[str, torch.Tensor]]] = {}
    for name, weight in flat.items():
        seed, rung, path = name.split(".", 2)
        found.setdefault(int(seed), {}).setdefault(int(rung), {})[path] = weight.float()
    return [[rungs[r] for r in sorted(rungs)] for _, rungs in sorted(found.items())]
