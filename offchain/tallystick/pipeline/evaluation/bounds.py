"""A lower bound of a mean gain that holds for every distribution of gains and every number of examples.

By betting (Waudby-Smith and Ramdas 2024, "Estimating means of bounded random variables by betting"): who bets against
"the mean is at most m" multiplies a stake by 20 with chance at most 1 in 20 where that is true (Markov). Stakes follow
the spread of the gains before; the order of examples is drawn anew PERMUTATIONS times and the capital averaged, so that
it hardly matters. A percentile bootstrap is narrower, and wrong where losses are rare: see docs/quality.md.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tallystick.errors import InvalidInput

PERMUTATIONS, SEED = 24, 17
_BOLDEST = 0.95
_HALVINGS = 40


def lower_bound(gains: Sequence[float] | NDArray[np.float64], confidence: float) -> float:
    """Of the mean of independent gains, each -1 to 1: above the true mean with chance at most `1 - confidence`.

    Never above the sample's mean. n gains of nothing give about `log(1 - confidence) / n`: what happens in fewer than 3
    of n examples cannot be excluded at 95 %.
    """
    given = np.asarray(gains, dtype=np.float64)
    if given.ndim != 1 or not len(given) or not np.isfinite(given).all() or np.abs(given).max() > 1:
        raise InvalidInput("These are no gains between -1 and 1.", "Give one number an example.")
    if not 0.5 < confidence < 1:
        raise InvalidInput(f"A confidence cannot be {confidence}.", "Give one above 0.5 and below 1.")
    draw = np.random.default_rng(SEED)
    shown = (np.stack([draw.permutation(given) for _ in range(PERMUTATIONS)]) + 1) / 2
    wanted = math.log(1 / (1 - confidence))
    stakes = _stakes(shown, wanted)
    low, high = 0.0, float(shown[0].mean())
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _capital(shown, stakes, middle) >= wanted else (low, middle)
    return 2 * low - 1


def _stakes(shown: NDArray[np.float64], wanted: float) -> NDArray[np.float64]:
    """What is bet on each gain, from those before it alone; shape (permutations, examples)."""
    count = shown.shape[1]
    place = np.arange(1, count + 1)
    mean = (0.5 + shown.cumsum(axis=1)) / (place + 1)
    spread = (0.25 + ((shown - mean) ** 2).cumsum(axis=1)) / (place + 1)
    before = np.concatenate([np.full((len(shown), 1), 0.25), spread[:, :-1]], axis=1)
    bets: NDArray[np.float64] = np.sqrt(2 * wanted / (count * before))
    return bets


def _capital(shown: NDArray[np.float64], stakes: NDArray[np.float64], mean: float) -> float:
    """Logarithm of what a stake of 1 has become, averaged over the orders."""
    if mean <= 0:
        return math.inf
    bets = np.minimum(stakes, _BOLDEST / mean)
    grown = np.log1p(bets * (shown - mean)).sum(axis=1)
    return float(np.logaddexp.reduce(grown) - math.log(len(grown)))
