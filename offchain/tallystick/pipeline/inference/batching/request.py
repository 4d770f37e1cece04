"""One request on its way through the batches, and what its asker reads of it."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue

import torch

from tallystick.errors import DeadlinePassed, NodeError
from tallystick.pipeline.inference.batching.slots import Slot
from tallystick.pipeline.inference.recall import Recall
from tallystick.pipeline.inference.sampling import Choice, GeneratedToken, Sampler
from tallystick.pipeline.inference.wording import Decoding, Wording


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted. `adapter` None is the base alone; `keeps` asks for a `Recall` at the end; `until` is of the
    monotonic clock, seconds."""

    prompt: tuple[int, ...]
    most: int
    adapter: str | None = None
    tenant: str = ""
    stop: tuple[str, ...] = ()
    until: float | None = None
    keeps: bool = False

    @property
    def tokens(self) -> int:
        """At most; the last token is never fed."""
        return len(self.prompt) + self.most - 1


@dataclass(eq=False, slots=True)
class Request:
    """Written by the batching thread alone, but for `is_cancelled`."""

    asked: Asked
    sampler: Sampler
    chat: Decoding
    out: "SimpleQueue[Choice | NodeError | None]" = field(default_factory=SimpleQueue)
    is_cancelled: bool = False
    slot: Slot | None = None
    held: int = 0
    passed_over: int = 0
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    hidden: list[torch.Tensor] = field(default_factory=list)
    recall: Recall | None = None
    _watch: Wording | None = None

    def feed(self) -> Sequence[int]:
        """What its slot does not hold yet."""
        prompt = self.asked.prompt
        return prompt[self.held :] if self.held < len(prompt) else self.tokens[self.held - len(prompt) :]

    @property
    def is_prefilling(self) -> bool:
        return self.held < len(self.asked.prompt)

    def is_late(self, now: float) -> bool:
        return self.asked.until is not None and now >= self.asked.until

    def take(self, choice: Choice, hidden: torch.Tensor | None) -> bool:
        """Whether the answer has ended with this token."""
        self.tokens.append(choice.token_id)
        if hidden is not None:
            self.logprobs.append(choice.logprob)
            self.hidden.append(hidden.clone())  # a view would hold the whole step
        self.out.put(choice)
        return (
            choice.token_id == self.chat.end_id
            or len(self.tokens) >= self.asked.most
            or self._has_stopped(choice.token_id)
        )

    def _has_stopped(self, token: int) -> bool:
        if not self.asked.stop:
            return False
        self._watch = self._watch or Wording(self.chat, self.asked.stop, self.asked.most)
        self._watch.add(token)
        return self._watch.has_ended

    def read(self) -> Iterator[GeneratedToken]:
        """Tokens as they come, with the text that they make certain; closing it cancels."""
        wording = Wording(self.chat, self.asked.stop, self.asked.most)
        try:
            while (came := self.out.get()) is not None:
                if isinstance(came, NodeError):
                    raise came
                yield GeneratedToken(came.token_id, wording.add(came.token_id), came.logprob, came.top)
        finally:
            self.is_cancelled = True


def late() -> DeadlinePassed:
    return DeadlinePassed(
        "The answer did not end before its deadline.", "Allow more time, or ask for fewer tokens."
    )


def until_of(deadline_s: float | None) -> float | None:
    return None if deadline_s is None else time.monotonic() + deadline_s
