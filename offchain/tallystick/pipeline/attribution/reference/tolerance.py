"""How far an honest fast path may be from the reference scorer, and what a larger difference costs.

Values and shares have rules of their own: a log-probability depends on the order in which a machine adds, a share on
where its values stand to the floor. Protocol section 8.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tallystick.domain.ids import AssetId, Pot

# Nats: at most this, or this a token. Measured, fp32 on a CPU: below a tenth of it (docs/attribution/reference.md).
VALUE_NATS, VALUE_NATS_PER_TOKEN = 2e-3, 2e-4
# Ppm of a pot: half of the smallest edit that must be caught.
AGREED_PPM = 10_000
# Ppm of the whole receipt: from here on a difference can be slashed for, below it touches eligibility only.
SLASHED_PPM = 20_000


class Severity(StrEnum):
    AGREES = "agrees"
    ELIGIBILITY = "eligibility"
    SLASHABLE = "slashable"


@dataclass(frozen=True, slots=True)
class Weighed:
    """The largest difference of one share, ppm of its pot, and the money that moved, ppm of the receipt."""

    largest: int
    moved: int
    severity: Severity


def value_tolerance(tokens: int) -> float:
    """Nats by which two honest log-probabilities of an answer may differ."""
    return max(VALUE_NATS, VALUE_NATS_PER_TOKEN * tokens)


def weighed(differences: Mapping[Pot, Mapping[AssetId, int]], pots_bps: Sequence[int]) -> Weighed:
    """`differences` are paid less reference ppm of each pot; `pots_bps` the terms' pots.

    Money moved counts once: from one beneficiary, or from what nobody earned, to another.
    """
    largest = max((abs(d) for pot in differences.values() for d in pot.values()), default=0)
    moved = sum(_moved(pot.values()) * pots_bps[name] for name, pot in differences.items()) // 10_000
    if moved >= SLASHED_PPM:
        return Weighed(largest, moved, Severity.SLASHABLE)
    return Weighed(largest, moved, Severity.ELIGIBILITY if largest > AGREED_PPM else Severity.AGREES)


def _moved(differences: Iterable[int]) -> int:
    told = list(differences)
    return max(sum(d for d in told if d > 0), -sum(d for d in told if d < 0))
