"""A scorer whose answer's log-probability is any function of the passages that stand in the prompt."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch

from tallystick.domain.ids import AssetId
from tallystick.pipeline.attribution.context.prompts import DECOYS, Scored

Worth = Callable[[tuple[str, ...]], float]
ASK = ({"role": "user", "content": "How deep is weir 2?"},)


@dataclass(frozen=True, slots=True)
class ToyPassage:
    order: int
    text: str
    record_index: int = 0
    title: str = ""

    @property
    def dataset_id(self) -> AssetId:
        return AssetId(self.order.to_bytes(32))


@dataclass(slots=True)
class ToyScorer:
    """`form` is what decoys do to the answer; `asked` counts scorings with passages."""

    worth: Worth
    form: float = 0.0
    plain: float = -40.0
    asked: list[tuple[str, ...]] = field(default_factory=list)
    _prompts: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def encode_prompt(self, messages: Sequence[dict[str, str]], context: Sequence[str]) -> list[int]:
        self._prompts[len(self._prompts)] = tuple(context)
        return [len(self._prompts) - 1]

    def logprob(
        self, prompts: Sequence[Sequence[int]], answer_ids: Sequence[int], *, adapter: bool = True
    ) -> list[float]:
        return [self._value(self._prompts[p[0]]) for p in prompts]

    def features(
        self, prompt_ids: Sequence[int], answer_ids: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.ones(4), torch.ones(4)

    def _value(self, context: tuple[str, ...]) -> float:
        if context == DECOYS:
            return self.plain + self.form
        if context:
            self.asked.append(context)
        return self.plain + self.worth(context)


def scored(worth: Worth, *, form: float = 0.0, tokens: int = 10) -> Scored:
    return Scored(ToyScorer(worth, form), ASK, list(range(tokens)))


def additive(gains: dict[str, float]) -> Worth:
    return lambda context: sum(gains[text] for text in context)
