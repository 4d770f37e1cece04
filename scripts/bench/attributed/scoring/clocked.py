"""A scorer that remembers what each scoring cost, so that one run prices every choice of prefixes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of this process's CPU time, and by the clock."""

    cpu: float
    wall: float


def spent(work: Callable[[], T]) -> tuple[T, Spent]:
    cpu, wall = time.process_time(), time.perf_counter()
    made = work()
    return made, Spent(time.process_time() - cpu, time.perf_counter() - wall)


@dataclass(slots=True)
class Clocked:
    """Wraps an engine: a value that was scored before costs what it did then, and is counted again."""

    engine: Any
    cpu: float = 0.0
    _known: dict[tuple[tuple[int, ...], bool], tuple[float, float]] = field(default_factory=dict)

    def encode_prompt(self, messages: Any, context: Sequence[str]) -> list[int]:
        ids: list[int] = self.engine.encode_prompt(messages, context)
        return ids

    def logprob(
        self, prompts: Sequence[Sequence[int]], answer_ids: Sequence[int], *, adapter: bool = True
    ) -> list[float]:
        return [self._one(tuple(p), answer_ids, adapter) for p in prompts]

    def features(self, prompt_ids: Sequence[int], answer_ids: Sequence[int]) -> Any:
        return self.engine.features(prompt_ids, answer_ids)

    def _one(self, prompt: tuple[int, ...], answer: Sequence[int], adapter: bool) -> float:
        key = (prompt, adapter)
        if key not in self._known:
            found, cost = spent(lambda: self.engine.logprob([prompt], answer, adapter=adapter)[0])
            self._known[key] = float(found), cost.cpu
        value, cpu = self._known[key]
        self.cpu += cpu
        return value
