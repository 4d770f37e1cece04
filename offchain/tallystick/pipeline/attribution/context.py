"""The context channel: increments of the running maximum of the answer's log-probability over passages in chain order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tallystick.domain.ids import AssetId
from tallystick.pipeline.attribution.scorer import Messages, Scorer

NOISE_NATS = 0.5
SCREEN = 0.25


class Passage(Protocol):
    @property
    def dataset_id(self) -> AssetId: ...
    @property
    def order(self) -> int: ...
    @property
    def record_index(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ContextValues:
    """Nats by passage, in the order given; `without` and `full` are the answer's log-probabilities."""

    values: tuple[float, ...]
    alone: tuple[float, ...]
    without: float
    full: float


def passage_text(passage: Passage) -> str:
    """How a passage stands in the prompt."""
    return f"{passage.title}. {passage.text}" if passage.title else passage.text


def context_values(
    scorer: Scorer, messages: Messages, passages: Sequence[Passage], answer_ids: Sequence[int]
) -> ContextValues:
    """What each passage added to the answer.

    A passage that helps little by itself (below NOISE_NATS, or SCREEN of the best) is screened out first; otherwise
    an early but unrelated one would take the credit for merely making the prompt look like one with passages.
    """
    sets = [[], *[[p] for p in passages], list(passages)]
    prompts = [scorer.encode_prompt(messages, [passage_text(p) for p in s]) for s in sets]
    without, *alone, full = scorer.logprob(prompts, answer_ids)
    gains = [a - without for a in alone]
    bar = max(NOISE_NATS, SCREEN * max(gains, default=0.0))
    kept = sorted((i for i, g in enumerate(gains) if g >= bar), key=lambda i: (passages[i].order, i))
    values = [0.0] * len(passages)
    if len(kept) == 1:
        values[kept[0]] = gains[kept[0]]
    elif kept:
        prefixes = [[passages[i] for i in kept[: n + 1]] for n in range(len(kept))]
        encoded = [scorer.encode_prompt(messages, [passage_text(p) for p in s]) for s in prefixes[1:]]
        reached = [alone[kept[0]], *scorer.logprob(encoded, answer_ids)]
        best = without
        for i, value in zip(kept, reached, strict=True):
            values[i] = max(0.0, value - best)
            best = max(best, value)
    return ContextValues(tuple(values), tuple(gains), without, full)
