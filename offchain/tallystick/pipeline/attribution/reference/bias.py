"""Finds shading inside the tolerance: a small difference that keeps one direction over an operator's audited receipts.

Betting against "the mean is at most the allowance" (Waudby-Smith and Ramdas 2024): each audit multiplies a stake by
1 + bet * (difference - allowance). Honest stakes grow past 1 / level with probability `level` at most, at any time, for
any honest noise, so an auditor may look after every audit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import log, pi

import numpy as np

from tallystick.domain.ids import AssetId
from tallystick.errors import InvalidInput

LEVEL = 1e-4
# Parts per million of a pot. Larger differences count as this much: each is a finding by itself.
LARGEST = 20_000
# What an honest fast path may keep in one direction, and how far it may be from the reference on average.
ALLOWANCE, SPREAD_ALLOWANCE = 100, 500
_BETS = 0.98 * 0.5 ** np.arange(8)


class Direction(StrEnum):
    """`TOWARD` and `AGAINST` one beneficiary; `SPREAD` moves pay about, whoever gains."""

    TOWARD = "toward"
    AGAINST = "against"
    SPREAD = "spread"


@dataclass(frozen=True, slots=True)
class Bias:
    """A direction that no honest operator keeps. `beneficiary` is None where it concerns all shares together.

    `audits` is how many receipts it took, `mean` their signed difference in ppm (half the L1 distance for a spread).
    """

    beneficiary: AssetId | None
    direction: Direction
    audits: int
    mean: float


@dataclass(slots=True)
class _Stake:
    """Log-wealth by bet. `seen` counts audits, `total` sums clipped differences."""

    threshold: float
    allowance: int
    seen: int = 0
    total: int = 0
    wealth: np.ndarray[tuple[int], np.dtype[np.float64]] = field(default_factory=lambda: np.zeros(len(_BETS)))

    def bet(self, difference: int) -> bool:
        """Whether the mixture of bets has passed the threshold."""
        clipped = max(-LARGEST, min(LARGEST, difference))
        edge = (clipped - self.allowance) / (LARGEST + self.allowance)
        self.seen, self.total = self.seen + 1, self.total + clipped
        self.wealth += np.log1p(_BETS * edge)
        return bool(np.logaddexp.reduce(self.wealth) - log(len(_BETS)) >= self.threshold)


class BiasWatch:
    """One operator's audits in turn. `note` returns what became certain with this one; nothing is told twice.

    The probability that an honest operator is ever named is at most `level`, over all its beneficiaries.
    """

    def __init__(self, level: float = LEVEL) -> None:
        if not 0 < level < 1:
            raise InvalidInput(
                f"A level of {level} is no probability.", "Use one between 0 and 1, such as 1e-4."
            )
        self._level, self._met = level, 0
        self._stakes: dict[tuple[AssetId | None, Direction], _Stake] = {}
        self._named: set[tuple[AssetId | None, Direction]] = set()

    def note(self, differences: Mapping[AssetId, int]) -> tuple[Bias, ...]:
        """`differences` are paid less reference ppm of one pot, for every asset that either of them names."""
        found = [self._bet(None, Direction.TOWARD, sum(differences.values()))]
        apart = sum(abs(d) for d in differences.values()) // 2
        found.append(self._bet(None, Direction.SPREAD, apart))
        for asset, difference in sorted(differences.items()):
            found.append(self._bet(asset, Direction.TOWARD, difference))
            found.append(self._bet(asset, Direction.AGAINST, -difference))
        return tuple(bias for bias in found if bias is not None)

    def _bet(self, asset: AssetId | None, direction: Direction, difference: int) -> Bias | None:
        key = (asset, direction)
        stake = self._stakes.get(key) or self._stakes.setdefault(key, self._opened(asset, direction))
        passed = stake.bet(difference)
        if not passed or key in self._named:
            return None
        self._named.add(key)
        sign = -1 if direction is Direction.AGAINST else 1
        return Bias(asset, direction, stake.seen, sign * stake.total / stake.seen)

    def _opened(self, asset: AssetId | None, direction: Direction) -> _Stake:
        """Half of the level is for all shares together; stake j of the others gets a part 6 / (pi j)^2 of the rest."""
        allowance = SPREAD_ALLOWANCE if direction is Direction.SPREAD else ALLOWANCE
        if asset is None:
            return _Stake(-log(self._level / 4), allowance)
        self._met += 1
        return _Stake(-log(self._level / 2 * 6 / (pi * self._met) ** 2), allowance)


def shading(audits: Sequence[Mapping[AssetId, int]], level: float = LEVEL) -> tuple[Bias, ...]:
    """Every bias in an operator's audited receipts, in the order in which they became certain."""
    watch = BiasWatch(level)
    return tuple(bias for differences in audits for bias in watch.note(differences))
