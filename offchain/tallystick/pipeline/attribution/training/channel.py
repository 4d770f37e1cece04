"""One answer's training channel: features, blend, decoy floor; across blocks the ladder, inside a block the blend."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from tallystick.domain.lexical import Bm25
from tallystick.pipeline.attribution.clusters.cluster import Member
from tallystick.pipeline.attribution.scorer import Messages, Scorer
from tallystick.pipeline.attribution.split import Claim, Increment, by_order, micro
from tallystick.pipeline.attribution.training.blend import Blend
from tallystick.pipeline.attribution.training.defaults import DEFAULT_BLEND
from tallystick.pipeline.attribution.training.features import Matrix, Spans, features_of
from tallystick.pipeline.attribution.training.ladder import Block, climb

# Of the value of a learnt fact's record, 1: smaller differences between records are noise.
NOISE = 0.1


class Index(Protocol):
    @property
    def members(self) -> tuple[Member, ...]: ...
    @property
    def bm25(self) -> Bm25: ...
    @property
    def spans(self) -> Spans: ...
    def similarities(
        self, gradient: torch.Tensor, hidden: torch.Tensor
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]: ...


class Rungs(Protocol):
    """Retrained adapters; log-probabilities of shape (seeds, rungs), the first rung before any block, nats."""

    def values(self, prompt_ids: Sequence[int], answer_ids: Sequence[int]) -> Matrix: ...


@dataclass(frozen=True, slots=True)
class Ladder:
    """`deviation` is one retraining's, nats, as the calibration measured it."""

    blocks: tuple[Block, ...]
    rungs: Rungs
    deviation: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was made for one adapter after its training. Without one the default blend stands, and no ladder."""

    blend: Blend = DEFAULT_BLEND
    ladder: Ladder | None = None


@dataclass(frozen=True, slots=True)
class Gained:
    """What data sets gained, in one unit, each by its best record; `whole` is all there was to gain.

    `claims` are what all records were worth, 0 below the noise floor.
    """

    increments: tuple[Increment, ...] = ()
    whole: int = 0
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainingChannel:
    """Everything fixed between answers."""

    index: Index
    scorer: Scorer
    calibration: Calibration = field(default_factory=Calibration)

    def gained(self, messages: Messages, answer: str, answer_ids: Sequence[int], prompt_text: str) -> Gained:
        """Nothing where no record stands out of the decoys: an answer that has nothing to do with the records."""
        features = self.features(messages, answer, answer_ids, prompt_text)
        blend, ladder = self.calibration.blend, self.calibration.ladder
        values = blend.claimed(features)
        if not values.any():
            return Gained()
        claims = [
            Claim(m.dataset_id, m.order, m.record_index, micro(float(v)))
            for m, v in zip(self.index.members, values, strict=True)
        ]
        if ladder is None:
            return by_blend(claims, blend)
        prompt = self.scorer.encode_prompt(messages, [])
        return by_ladder(claims, ladder, ladder.rungs.values(prompt, answer_ids))

    def features(
        self, messages: Messages, answer: str, answer_ids: Sequence[int], prompt_text: str
    ) -> Matrix:
        """Shape (members, features)."""
        prompt = self.scorer.encode_prompt(messages, [])
        by_gradient, by_hidden = self.index.similarities(*self.scorer.features(prompt, answer_ids))
        spans = self.index.spans.spans(answer, prompt_text)
        return features_of(self.index.bm25, spans, messages[-1]["content"], answer, by_gradient, by_hidden)


def by_blend(claims: Sequence[Claim], blend: Blend) -> Gained:
    """Increments of the blend's running maximum over data sets in chain order."""
    lifted = by_order(claims, micro(NOISE))
    paid = [Increment(i.claim, int(i.gain * blend.kept)) for i in lifted]
    whole = max(max(c.value for c in claims), sum(i.gain for i in lifted))
    return Gained(tuple(i for i in paid if i.gain > 0), whole, tuple(claims))


def by_ladder(claims: Sequence[Claim], ladder: Ladder, values: Matrix) -> Gained:
    """The lower bound of what each block lifted, inside a block by the blend's running maximum."""
    climbed = climb(values, ladder.deviation)
    found: list[Increment] = []
    for block, paid in zip(ladder.blocks, climbed.paid, strict=True):
        held = set(block.datasets)
        inside = by_order((c for c in claims if (c.order, c.asset_id) in held), 0)
        total = sum(i.gain for i in inside)
        found += [Increment(i.claim, paid * i.gain // total) for i in inside if total > 0]
    return Gained(tuple(i for i in found if i.gain > 0), climbed.whole, tuple(claims))
