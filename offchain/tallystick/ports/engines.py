"""An engine on another machine that answers in this node's place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Completion:
    """What one event brings. `text` is certain; `tokens` are ids with their log-probabilities, nats, and those of the
    likeliest others, empty where the server names none."""

    text: str
    tokens: tuple[tuple[int, float, tuple[tuple[int, float], ...]], ...] = ()


class EngineServer(Protocol):
    def models(self) -> tuple[str, ...]:
        """Names of what it serves: its base, and each adapter under a name of its own."""

    def complete(
        self,
        model: str,
        prompt_ids: Sequence[int],
        max_tokens: int,
        *,
        temperature: float,
        top_p: float,
        seed: int,
        stop: Sequence[str],
        logprobs: int,
        deadline_s: float | None,
    ) -> Iterator[Completion]:
        """Closing it cancels. `Overloaded`, `NotFound`, `InvalidInput`, `Unavailable`, `DeadlinePassed`."""
