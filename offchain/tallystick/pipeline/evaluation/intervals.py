"""Paired bootstrap intervals over examples and seeds (Efron and Tibshirani 1993; Koehn 2004), and non-inferiority.

Scores are one number an example, or one row an example list for each seed: shape (examples,) or (seeds, examples). Both
sides score the same examples in the same order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tallystick.errors import InvalidInput

Scores = Sequence[float] | Sequence[Sequence[float]] | NDArray[np.float64]
ROUNDS, SEED = 5000, 11
FEWEST = 20
_CELLS = 1 << 21


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its two-sided percentile interval."""

    mean: float
    low: float
    high: float
    confidence: float = 0.95


@dataclass(frozen=True, slots=True)
class NonInferiority:
    """`lower` bounds the candidate's gain, one-sided at `confidence`; `holds` says that it is above -margin."""

    gain: float
    lower: float
    margin: float
    confidence: float
    holds: bool


def bootstrap(
    scores: Scores, *, confidence: float = 0.95, seed: int = SEED, rounds: int = ROUNDS
) -> Interval:
    """Interval of one model's mean score."""
    given = _rows(scores)
    return _interval(given.mean(), _means([given], _generator(seed), rounds)[0], confidence)


def paired_bootstrap(
    before: Scores, after: Scores, *, confidence: float = 0.95, seed: int = SEED, rounds: int = ROUNDS
) -> Interval:
    """Interval of the mean of `after - before`: each round draws the same examples for both sides, and each side's
    seeds anew. One seed a side leaves the spread between seeds unmeasured; few seeds understate it.
    """
    gain, gains = _gains(before, after, seed, rounds)
    return _interval(gain, gains, confidence)


def non_inferior(
    candidate_scores: Scores,
    serving_scores: Scores,
    margin: float,
    confidence: float = 0.95,
    *,
    seed: int = SEED,
    rounds: int = ROUNDS,
) -> NonInferiority:
    """Whether the candidate is worse than the serving model by less than `margin`, in the scores' own unit.

    Higher scores are better; negate perplexity or slot error. Fewer than 20 examples are refused. Where no
    example differs the bound is 0, though n examples cannot exclude what happens in fewer than about 3 of n (the rule of
    three): size the set for the margin.
    """
    if not 0 <= margin < float("inf"):
        raise InvalidInput(f"A margin cannot be {margin}.", "Give what loss is tolerable, 0 or more.")
    _check_confidence(confidence)
    if _rows(candidate_scores).shape[1] < FEWEST:
        raise InvalidInput("These are too few examples to judge on.", f"Score {FEWEST} or more.")
    gain, gains = _gains(serving_scores, candidate_scores, seed, rounds)
    lower = float(np.quantile(gains, 1 - confidence))
    return NonInferiority(gain, lower, margin, confidence, lower > -margin)


def _gains(before: Scores, after: Scores, seed: int, rounds: int) -> tuple[float, NDArray[np.float64]]:
    first, second = _rows(before), _rows(after)
    if first.shape[1] != second.shape[1]:
        raise InvalidInput(
            f"{first.shape[1]} and {second.shape[1]} scores do not pair.", "Score the same examples twice."
        )
    means = _means([first, second], _generator(seed), rounds)
    return float(second.mean() - first.mean()), means[1] - means[0]


def _means(sides: list[NDArray[np.float64]], draw: np.random.Generator, rounds: int) -> NDArray[np.float64]:
    """Shape (sides, rounds). Examples are drawn once for all sides; blocks of rounds bound the memory."""
    count = sides[0].shape[1]
    block = max(1, _CELLS // count)
    found = np.empty((len(sides), rounds))
    for start in range(0, rounds, block):
        size = min(block, rounds - start)
        examples = draw.multinomial(count, np.full(count, 1 / count), size=size) / count
        for k, side in enumerate(sides):
            seeds = draw.multinomial(len(side), np.full(len(side), 1 / len(side)), size=size) / len(side)
            found[k, start : start + size] = ((seeds @ side) * examples).sum(axis=1)
    return found


def _rows(scores: Scores) -> NDArray[np.float64]:
    try:
        given = np.atleast_2d(np.asarray(scores, dtype=np.float64))
    except ValueError as error:
        raise InvalidInput("Each seed needs the same number of scores.", "Score all examples.") from error
    if given.ndim != 2 or not given.size or not np.isfinite(given).all():
        raise InvalidInput(
            "These scores are none, or not all numbers.", "Give (examples,) or (seeds, examples)."
        )
    return given


def _interval(mean: float, means: NDArray[np.float64], confidence: float) -> Interval:
    _check_confidence(confidence)
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(mean), float(low), float(high), confidence)


def _check_confidence(confidence: float) -> None:
    if not 0.5 < confidence < 1:
        raise InvalidInput(
            f"A confidence cannot be {confidence}.", "Give one above 0.5 and below 1, as 0.95."
        )


def _generator(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)
