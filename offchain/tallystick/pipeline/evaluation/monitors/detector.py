"""A sequential test for a rise of a bounded mean, in whole numbers that are rounded against an alarm.

The test is the Shiryaev-Roberts e-detector (Shin, Ramdas and Rinaldo 2024, "E-detectors: a nonparametric framework for
sequential change detection", NEJSDS 2(2)) over the betting capital of Waudby-Smith and Ramdas (2024, "Estimating means
of bounded random variables by betting", JRSS B 86(1)). Values and bounds are ppm. As long as each value's mean, given
all before it, is at most the bound, the statistic minus the number of values is a supermartingale. So a threshold c is
reached within n values with probability at most n/c, and after at least c values on average: at every n, whatever the
distribution, with no assumption of independence.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import prod

from tallystick.domain.traffic import PPM
from tallystick.errors import InvalidInput

ONE = 1 << 64
BETS = ((1, 32), (1, 8), (1, 4), (1, 2), (3, 4), (15, 16))
Capital = tuple[int, ...]
EMPTY: Capital = (0,) * len(BETS)


def step(capital: Capital, value: int, bound: int) -> Capital:
    """The capital of each bet after one more value; 0 <= value <= 10^6, 1 <= bound <= 10^6."""
    _check(value, bound)
    return tuple(
        (held + ONE) * (den * bound + num * (value - bound)) // (den * bound)
        for held, (num, den) in zip(capital, BETS, strict=True)
    )


def statistic(capital: Capital) -> int:
    """The mean over the bets, in units of ONE."""
    return sum(capital) // len(capital)


def upper_bound(values: Iterable[int], error: Fraction) -> int:
    """ppm: the mean of what the values were drawn from is above it with probability at most `error`, at any mean.

    The least mean against which betting multiplies the money by 1 / error (Ville's inequality). Without values, 10^6.
    """
    given = Counter(values)
    if not 0 < error < 1:
        raise InvalidInput(f"An error probability cannot be {error}.", "Give one above 0 and below 1.")
    low, high = 0, PPM
    while low < high:
        middle = (low + high) // 2
        if _is_refuted(middle, given, error):
            high = middle
        else:
            low = middle + 1
    return low


def _is_refuted(mean: int, values: Mapping[int, int], error: Fraction) -> bool:
    """Bets that the mean is less: capital is monotone in `mean`, so that bisection finds the least refuted one."""
    if mean >= PPM:
        return True
    total, room = 0, PPM - mean
    for num, den in BETS:
        won = prod((den * room - num * (value - mean)) ** count for value, count in values.items())
        total += ONE * won // (den * room) ** sum(values.values())
    return total * error.numerator >= len(BETS) * ONE * error.denominator


def _check(value: int, bound: int) -> None:
    if not 0 <= value <= PPM or not 1 <= bound <= PPM:
        raise InvalidInput(f"{value} against {bound} is no reading.", "Give ppm: 0 to 10^6, bounds from 1.")
