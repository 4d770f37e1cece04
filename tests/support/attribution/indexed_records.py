"""Records to index, and a scorer that makes their features up and counts how often it is asked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from support.factories import asset_of, named
from tallystick.pipeline.attribution.clusters.cluster import Member
from tallystick.pipeline.attribution.indexing.build import Order, build_index
from tallystick.pipeline.attribution.indexing.grid import Grid
from tallystick.pipeline.attribution.indexing.index import TrainingIndex
from tallystick.pipeline.attribution.indexing.rows import RowForm

FORM = RowForm(Grid(256, 2), Grid(64, 4))
ADAPTER = named("an adapter")


@dataclass
class MadeUp:
    """`noise` moves every number by that part of itself, as another thread count does. `fails_at` stops a build."""

    noise: float = 0.0
    wide: int = 64
    fails_at: int = -1
    asked: list[tuple[int, ...]] = field(default_factory=list)

    def features(
        self, prompt_ids: Sequence[int], answer_ids: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if len(self.asked) == self.fails_at:
            raise KeyboardInterrupt
        self.asked.append((*prompt_ids, *answer_ids))
        draw = np.random.default_rng([*prompt_ids, *answer_ids])
        whole = draw.normal(size=2000 + self.wide)
        whole *= 1 + self.noise * np.random.default_rng(1).normal(size=len(whole))
        made = torch.from_numpy(whole.astype(np.float32))
        return made[:2000] * 1e-3, made[2000:] + 5


def records(**counts: int) -> list[Member]:
    """Leading records of data sets by name, in chain order; every second record of the chain is a copy and left out."""
    members, place = [], 0
    for order, (name, count) in enumerate(counts.items()):
        for index in range(count):
            members.append(Member(asset_of(name), order, index, f"What has {name} of {index}? This.", place))
            place += 2
    return members


def order_of(
    members: Sequence[Member], scorer: MadeUp, manifest: str = "a manifest", **other: object
) -> Order:
    pairs = [([member.order, 7], [member.record_index, 3]) for member in members]
    given = {"adapter": ADAPTER, "manifest": named(manifest), "form": FORM} | other
    return Order(members, pairs, scorer, **given)  # type: ignore[arg-type]


def indexed(path: Path, scorer: MadeUp, manifest: str = "a manifest", **counts: int) -> TrainingIndex:
    return build_index(path, order_of(records(**counts), scorer, manifest))
