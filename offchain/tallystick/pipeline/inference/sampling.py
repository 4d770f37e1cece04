"""From logits to a token: a request's own temperature, nucleus, seed and how many alternatives it wants to see."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from tallystick.domain.answers.draws import noise
from tallystick.errors import InvalidInput

MOST_ALTERNATIVES = 20


@dataclass(frozen=True, slots=True)
class GeneratedToken:
    """A token and the text that became certain with it; text may lag while a character is incomplete.

    `logprob` is in nats, of the model's own distribution at temperature 1; `top` has the likeliest tokens with theirs.
    """

    token_id: int
    text: str
    logprob: float = 0.0
    top: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    token_id: int
    logprob: float
    top: tuple[tuple[int, float], ...]


class Sampler:
    """Draws by its seed and the token's position alone, so that neighbours in a batch change nothing and an auditor draws
    the same. Greedy at temperature 0."""

    def __init__(self, temperature: float, top_p: float, seed: int, logprobs: int) -> None:
        if not 0 < top_p <= 1:
            raise InvalidInput(f"`top_p` is {top_p}.", "Give a number above 0 and up to 1.")
        if not 0 <= logprobs <= MOST_ALTERNATIVES:
            raise InvalidInput(
                f"{logprobs} alternatives were asked.", f"Ask for {MOST_ALTERNATIVES} at most."
            )
        self._temperature, self._top_p, self._logprobs = temperature, top_p, logprobs
        self._seed, self._position = seed, 0

    def choose(self, logits: torch.Tensor) -> Choice:
        """`logits`: fp32, shape (vocabulary,), on the CPU."""
        return choices(logits[None], [self])[0]

    def pick(self, logits: torch.Tensor) -> int | None:
        """The next drawn token; None where the likeliest is meant."""
        if self._temperature <= 0:
            return None
        # At most 0: no temperature, however low, overflows.
        scaled = (logits - logits.max()).double() / self._temperature
        if self._top_p < 1:
            scaled = _nucleus(scaled, self._top_p)
        drawn = noise(self._seed, self._position, len(scaled))
        self._position += 1
        return int((scaled + torch.from_numpy(drawn)).argmax())

    def top(self, logits: torch.Tensor, whole: float) -> tuple[tuple[int, float], ...]:
        if not self._logprobs:
            return ()
        values, ids = logits.topk(min(self._logprobs, logits.numel()))
        return tuple((int(i), float(v) - whole) for i, v in zip(ids, values, strict=True))


def choices(logits: torch.Tensor, samplers: Sequence[Sampler]) -> list[Choice]:
    """One token a row of `logits`, shape (rows, vocabulary)."""
    likeliest, whole = logits.argmax(-1).tolist(), logits.logsumexp(-1).tolist()
    found = []
    for row, sampler in enumerate(samplers):
        drawn = sampler.pick(logits[row])
        token = likeliest[row] if drawn is None else drawn
        logprob = float(logits[row, token]) - whole[row]
        found.append(Choice(token, logprob, sampler.top(logits[row], whole[row])))
    return found


def _nucleus(scaled: torch.Tensor, top_p: float) -> torch.Tensor:
    """Only the likeliest tokens whose odds reach `top_p` together can be drawn."""
    descending, order = scaled.sort(descending=True, stable=True)
    odds = descending.softmax(-1)
    before = odds.cumsum(-1) - odds
    kept = torch.full_like(scaled, -torch.inf)
    kept[order] = torch.where(before < top_p, descending, -torch.inf)
    return kept
