"""What is kept of each training record for attribution: its text, a gradient sketch and a hidden state, both int8."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from tallystick.domain.lexical import Bm25
from tallystick.pipeline.attribution.clusters.cluster import Member
from tallystick.pipeline.attribution.scorer import Scorer
from tallystick.pipeline.attribution.spans.index import SpanIndex

SKETCH = 4096
Rows = NDArray[np.float32]


class Sketcher:
    """A count sketch of unit gradients. The seed should be drawn after the data were committed."""

    def __init__(self, seed: int) -> None:
        self._seed, self._bucket, self._sign = seed, torch.zeros(0, dtype=torch.long), torch.zeros(0)

    def sketch(self, gradient: torch.Tensor) -> Rows:
        """Unit row of SKETCH numbers."""
        if len(self._bucket) != len(gradient):
            draw = torch.Generator().manual_seed(self._seed)
            self._bucket = torch.randint(0, SKETCH, (len(gradient),), generator=draw)
            self._sign = torch.randint(0, 2, (len(gradient),), generator=draw) * 2.0 - 1
        unit = torch.nn.functional.normalize(gradient, dim=0)
        made = torch.zeros(SKETCH).index_add_(0, self._bucket, unit * self._sign)
        return np.asarray(torch.nn.functional.normalize(made, dim=0).numpy(), dtype=np.float32)


def on_grid(row: Rows) -> Rows:
    """The row on its int8 grid, unit length again: what two honest nodes agree on."""
    scale = max(float(np.abs(row).max()), 1e-12)
    rounded = np.round(row / scale * 127).astype(np.float32)
    return np.asarray(rounded / max(float(np.linalg.norm(rounded)), 1e-12), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class TrainingIndex:
    """Features of the leaders among the manifest's records, in chain order."""

    members: tuple[Member, ...]
    gradients: Rows
    hidden: Rows
    mean_hidden: Rows
    bm25: Bm25
    spans: SpanIndex
    sketcher: Sketcher


def build_index(
    members: Sequence[Member],
    pairs: Sequence[tuple[Sequence[int], Sequence[int]]],
    scorer: Scorer,
    *,
    seed: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> TrainingIndex:
    """`pairs` are the token ids of each member's prompt and answer, in the same order; members must be leaders."""
    sketcher, gradients, hidden = Sketcher(seed), [], []
    for i, (prompt, answer) in enumerate(pairs):
        gradient, state = scorer.features(prompt, answer)
        gradients.append(on_grid(sketcher.sketch(gradient)))
        hidden.append(state.numpy())
        progress(i + 1, len(pairs))
    stacked = np.stack(hidden).astype(np.float32)
    mean = stacked.mean(axis=0)
    return TrainingIndex(
        members=tuple(members),
        gradients=np.stack(gradients),
        hidden=np.stack([on_grid(row - mean) for row in stacked]),
        mean_hidden=mean,
        bm25=Bm25([m.text for m in members]),
        spans=SpanIndex.of([m.text for m in members], [m.order for m in members]),
        sketcher=sketcher,
    )
