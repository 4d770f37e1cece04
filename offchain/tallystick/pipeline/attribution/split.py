"""The split kernel: time-ordered marginal value, in integers, for every channel.

A bar stands at what is already known, and values come in commit order. Whoever lifts the bar is paid what it rose, so
pays add up to its rise and never to more (Shapley or shares in proportion would pay a copy). Measured values have
noise: up to `floor` above the bar nothing happens, from twice the floor on the bar follows the value, and between
them it rises twice as fast as the value, so that no small difference between two machines makes a large one in
pay.

What holds, and is tested as properties of this code: an owner gains nothing by spreading records over data sets or
accounts; a copy within the floor above a paid value (one of at least twice the floor) earns nothing and changes
nobody's pay; pay never falls when a value grows; shares never pass what was earned, and what nobody earned stays
null. Where a first value is itself hardly above noise no rule can tell its copy from a better record: a copy
whose value is n above that one's then lifts the bar by at most 2 n.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from tallystick.domain.ids import AssetId, Pot
from tallystick.domain.money import MAX_LINES
from tallystick.domain.usage import Share
from tallystick.errors import IntegrityViolation

MICRO = 1_000_000
# Of attribution, in one receipt: its lines but the reserved three, the operator's and the agent's.
MOST_SHARES = MAX_LINES - 3 - 2
# Nats: no measured gain of an answer is near it.
_MOST = 1e9


@dataclass(frozen=True, slots=True)
class Claim:
    """What a record that leads its cluster is worth to one answer: micro-nats above having nothing.

    `order` is its data set's place in chain order. Followers make no claims: a copy cannot lift its leader's either.
    """

    asset_id: AssetId
    order: int
    record_index: int
    value: int


@dataclass(frozen=True, slots=True)
class Increment:
    """A claim that lifted the bar, and by how much (micro-nats)."""

    claim: Claim
    gain: int


def micro(nats: float) -> int:
    """Whole micro-nats, rounded down; `IntegrityViolation` for what is no finite measurement."""
    if not math.isfinite(nats) or abs(nats) > _MOST:
        raise IntegrityViolation(
            f"{nats} is not a measured gain.", "The model or its adapter is broken: check their files."
        )
    return math.floor(nats * MICRO)


def noise_floor(deviation: int, *, copies: int = 100, miss: float = 0.01) -> int:
    """The floor that all of `copies` copies together pass with probability `miss` at most.

    `deviation` is the standard deviation of one measured value; the original is measured with noise, too, so that a
    copy's excess has sqrt(2) of it. Normal noise, Bonferroni over the copies: 5.3 deviations for 100 copies at 1 %.
    """
    return math.ceil(deviation * math.sqrt(2) * NormalDist().inv_cdf(1 - miss / copies))


def increments(values: Sequence[int], floor: int, start: int = 0) -> list[int]:
    """By how much each value, in commit order, lifts the bar that begins at `start`; never negative.

    Their sum is the bar's rise: at most max(values) - start. Values and floor in one unit, micro-nats by custom.
    """
    bar, rises = start, []
    for value in values:
        rise = _rise(value - bar, floor)
        rises.append(rise)
        bar += rise
    return rises


def _rise(excess: int, floor: int) -> int:
    return max(0, min(excess, 2 * (excess - floor)))


def by_order(claims: Iterable[Claim], floor: int) -> list[Increment]:
    """The data sets that lift the bar, in chain order, each by the earliest of its best records."""
    best: dict[tuple[int, AssetId], Claim] = {}
    for claim in claims:
        key = (claim.order, claim.asset_id)
        held = best.get(key)
        if held is None or (-claim.value, claim.record_index) < (-held.value, held.record_index):
            best[key] = claim
    ordered = [best[key] for key in sorted(best)]
    rises = increments([c.value for c in ordered], floor)
    return [Increment(claim, gain) for claim, gain in zip(ordered, rises, strict=True) if gain > 0]


def shares_of(pot: Pot, earned: int, gains: Mapping[AssetId, int], whole: int = 0) -> tuple[Share, ...]:
    """`earned` ppm over assets by what they gained, in id order; see `parts_of`."""
    if not gains:
        return ()
    assets = sorted(gains)
    parts = parts_of(earned, [gains[asset] for asset in assets], whole)
    return tuple(Share(asset, pot, ppm) for asset, ppm in zip(assets, parts, strict=True) if ppm > 0)


def parts_of(earned: int, gains: Sequence[int], whole: int = 0) -> list[int]:
    """`earned` over what was gained, floored; 0 for whoever gained nothing.

    `whole` is all that was gained, in the unit of `gains`, where that is known to be more than they add up to:
    the rest is nobody's and stays in the null share.
    """
    total = 0
    for gain in gains:
        total += max(0, gain)
    total = max(whole, total)
    if total <= 0 or earned <= 0:
        return [0 for _ in gains]
    return [earned * max(0, gain) // total for gain in gains]


def foremost(shares: Sequence[Share]) -> tuple[Share, ...]:
    """As many as one receipt has room for beside its operator's and its agent's: the least training shares give way.

    What they would have got is null. In their order; of equal ones the later gives way.
    """
    least = sorted(
        (i for i, s in enumerate(shares) if s.pot is Pot.TRAINING), key=lambda i: (shares[i].ppm, -i)
    )
    gone = set(least[: max(0, len(shares) - MOST_SHARES)])
    return tuple(s for i, s in enumerate(shares) if i not in gone)
