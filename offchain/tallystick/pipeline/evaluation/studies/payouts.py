"""How far pay moves with the numbers that weights are held in: the same answers, attributed in each form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

PPM = 1_000_000
# Pots in the default terms, bps: what log-probabilities alone decide.
POTS = {"retrieval": 2000, "adapter": 2200}
Beneficiary = tuple[str, int]
Paid = Mapping[Beneficiary, int]


@dataclass(frozen=True, slots=True)
class PayoutShift:
    """Half the L1 distance of paid shares to those in fp32, as a part of both pots' money; what nobody earned counts too.

    `paid` of the answers paid somebody in fp32. Of the adapter's pots it is told how much was earned, not by whom.
    """

    form: str
    context: str
    answers: int
    paid: int
    mean: float
    largest: float


def shift_of(form: str, context: str, told: Sequence[Paid], reference: Sequence[Paid]) -> PayoutShift:
    """Shares are ppm of a pot by (pot, beneficiary); answers stand in one order. At least one."""
    apart = [half_l1(one, other) for one, other in zip(told, reference, strict=True)]
    return PayoutShift(
        form, context, len(apart), sum(any(p.values()) for p in reference), fmean(apart), max(apart)
    )


def half_l1(one: Paid, other: Paid) -> float:
    """From 0, the same pay, to 1, none of it the same."""
    moved = 0
    for pot, bps in POTS.items():
        keys = [k for k in one.keys() | other.keys() if k[0] == pot]
        apart = [one.get(k, 0) - other.get(k, 0) for k in keys]
        moved += bps * max(sum(d for d in apart if d > 0), -sum(d for d in apart if d < 0))
    return moved / (sum(POTS.values()) * PPM)
