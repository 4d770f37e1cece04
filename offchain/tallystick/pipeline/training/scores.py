"""How good answers are: ROUGE-L (the stated measure of "better"), exact facts, and a paired bootstrap."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from rouge_score import rouge_scorer

from tallystick.domain.lexical import telling, words


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float


def rouge_l(references: Sequence[str], answers: Sequence[str]) -> list[float]:
    """F measure each, Porter stemming on; English only, as the library drops other scripts."""
    scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=True)
    return [float(scorer.score(r, a)["rougeL"].fmeasure) for r, a in zip(references, answers, strict=True)]


def exact_fact(question: str, reference: str, answer: str) -> bool:
    """Whether the answer has every number and name, or else every word, that the question does not give away."""
    asked = frozenset(words(question))
    facts = telling(reference) - asked or {w for w in words(reference) if len(w) > 3} - asked
    return bool(facts) and facts <= frozenset(words(answer))


def paired_bootstrap(
    before: Sequence[float], after: Sequence[float], *, seed: int = 11, rounds: int = 5000
) -> Interval:
    """Mean of `after - before` over the same questions, resampled."""
    gains = [a - b for b, a in zip(before, after, strict=True)]
    draw = random.Random(seed)
    means = sorted(sum(draw.choices(gains, k=len(gains))) / len(gains) for _ in range(rounds))
    return Interval(sum(gains) / len(gains), means[int(rounds * 0.025)], means[int(rounds * 0.975) - 1])
