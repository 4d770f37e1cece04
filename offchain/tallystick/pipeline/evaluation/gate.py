"""The gate: a candidate may serve if it is not worse than what is served now by more than a stated margin.

What is compared, the margin and the confidence are stated in a rule that is committed together with the sealed set, so
that nobody picks the score after seeing the results. A set that judges again and again teaches its answers: the k-th
candidate is held to the confidence 1 - alpha / (k (k + 1)), whose errors sum to alpha over all of them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tallystick.commitments.canonical import canonical_json
from tallystick.commitments.keccak import keccak256
from tallystick.domain.ids import Hash
from tallystick.errors import InvalidInput
from tallystick.pipeline.evaluation.bounds import lower_bound

SCORES = ("rouge_1", "rouge_2", "rouge_l", "exact_facts", "slot_accuracy")
PPM = 1_000_000
MOST_LOOKS = 10


@dataclass(frozen=True, slots=True)
class GateRule:
    """`score` is 0 to 1 and higher is better; `margin` is the tolerated loss of its mean, `confidence` one-sided."""

    score: str = "rouge_l"
    margin: float = 0.02
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if self.score not in SCORES:
            raise InvalidInput(f"There is no score {self.score!r} to gate on.", f"Use {', '.join(SCORES)}.")
        if not 0 <= self.margin < 1 or not 0.5 < self.confidence < 1:
            raise InvalidInput(
                f"A gate cannot have the margin {self.margin} and the confidence {self.confidence}.",
                "Give a margin from 0 and a confidence above 0.5, as 0.02 and 0.95.",
            )

    @property
    def as_dict(self) -> dict[str, str]:
        return {
            "score": self.score,
            "margin": f"{self.margin:.6f}",
            "confidence": f"{self.confidence:.6f}",
        }

    @property
    def digest(self) -> Hash:
        return Hash(keccak256(canonical_json(self.as_dict)))


def read_rule(given: Mapping[str, str]) -> GateRule:
    """The inverse of `as_dict`."""
    return GateRule(given["score"], float(given["margin"]), float(given["confidence"]))


@dataclass(frozen=True, slots=True)
class GateDecision:
    """`low` bounds the mean gain from below at `confidence`, which the number of the look has raised."""

    score: str
    candidate: float
    incumbent: float
    gain: float
    low: float
    margin: float
    confidence: float
    look: int
    examples: int

    @property
    def passed(self) -> bool:
        return self.low > -self.margin

    @property
    def ppm(self) -> tuple[int, int]:
        """Gain and bound in parts per million, rounded down: what the chain is told."""
        low = math.floor(self.low * PPM)
        return max(math.floor(self.gain * PPM), low), low

    @property
    def reason(self) -> str:
        """One sentence with every number."""
        verdict = "it is not worse" if self.passed else "it may be worse"
        return (
            f"{self.score} {self.candidate:.4f} against {self.incumbent:.4f} on {self.examples} sealed examples: gain"
            f" {self.gain:+.4f}, at least {self.low:+.4f} at {self.confidence:.2%} confidence, so {verdict}"
            f" by the margin of {self.margin:.4f}."
        )


def decide(
    rule: GateRule, candidate: Sequence[float], incumbent: Sequence[float], *, look: int = 1
) -> GateDecision:
    """`candidate` and `incumbent` are the rule's score of the same examples in the same order.

    A candidate whose mean is worse by the margin passes with chance at most 1 - confidence, whatever the scores'
    distribution, if the examples are drawn independently. `look` counts the candidates that this set has judged, from 1.
    """
    if len(candidate) != len(incumbent) or not candidate:
        raise InvalidInput(
            f"{len(candidate)} and {len(incumbent)} scores do not pair.", "Score the same examples twice."
        )
    if not 1 <= look <= MOST_LOOKS:
        raise InvalidInput(
            f"This evaluation set has judged {look - 1} adapters; more would tune to it.",
            "Commit a fresh set with `tallystick evaluation commit`.",
        )
    confidence = 1 - (1 - rule.confidence) * _spent(look)
    gains = [c - i for c, i in zip(candidate, incumbent, strict=True)]
    means = sum(candidate) / len(candidate), sum(incumbent) / len(incumbent)
    low = lower_bound(gains, confidence)
    gain = sum(gains) / len(gains)
    return GateDecision(rule.score, *means, gain, low, rule.margin, confidence, look, len(gains))


def _spent(look: int) -> float:
    """The part of the whole error that the look may spend: a half, a sixth, a twelfth ... sum to less than one."""
    return 1 / (look * (look + 1))
