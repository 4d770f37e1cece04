"""How a pot can be shared: the shipped bar, and what others use, on the same claims.

Baselines see a game in which a set of records is worth its best record, as an answer is that needs a fact once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tallystick.domain.ids import AssetId
from tallystick.domain.money import PPM
from tallystick.pipeline.attribution.split import Claim, by_order, parts_of


@dataclass(frozen=True, slots=True)
class Shared:
    """What each asset brought, and all that was there to bring where that is more than they add up to."""

    gains: Mapping[AssetId, int]
    whole: int = 0

    def ppm(self) -> dict[AssetId, int]:
        """Of a pot that is all earned, by the shipped division."""
        assets = sorted(self.gains)
        parts = parts_of(PPM, [self.gains[asset] for asset in assets], self.whole)
        return dict(zip(assets, parts, strict=True))


Rule = Callable[[Sequence[Claim], int], Shared]


def by_bar(claims: Sequence[Claim], floor: int) -> Shared:
    """The shipped rule: increments of the running maximum in chain order."""
    return Shared({i.claim.asset_id: i.gain for i in by_order(claims, floor)})


def in_proportion(claims: Sequence[Claim], floor: int) -> Shared:
    """To similarity or worth."""
    return Shared(_best(claims))


def by_shapley(claims: Sequence[Claim], floor: int) -> Shared:
    """Exact for this game: each step between two neighbouring values is divided by all who reach it."""
    found, ranked = dict[AssetId, int](), _ranked(claims)
    below = reached = 0
    for place, (asset, value) in enumerate(ranked):
        reached += (value - below) // (len(ranked) - place)
        found[asset], below = reached, value
    return Shared(found)


def by_banzhaf(claims: Sequence[Claim], floor: int) -> Shared:
    """Each step counts for whoever reaches it in the sets in which nobody else does; what is left is null."""
    found, ranked = dict[AssetId, int](), _ranked(claims)
    below = reached = 0
    for place, (asset, value) in enumerate(ranked):
        reached += (value - below) >> (len(ranked) - place - 1)
        found[asset], below = reached, value
    return Shared(found, below)


def by_count(claims: Sequence[Claim], floor: int) -> Shared:
    """An emission pot: everybody who was used gets the same."""
    return Shared(dict.fromkeys({claim.asset_id for claim in claims}, 1))


BASELINES: Final[Mapping[str, Rule]] = {
    "proportional": in_proportion,
    "shapley": by_shapley,
    "banzhaf": by_banzhaf,
    "emission": by_count,
}
RULES: Final[Mapping[str, Rule]] = {"ours": by_bar, **BASELINES}


def _best(claims: Sequence[Claim]) -> dict[AssetId, int]:
    best: dict[AssetId, int] = {}
    for claim in claims:
        best[claim.asset_id] = max(claim.value, 0, best.get(claim.asset_id, 0))
    return best


def _ranked(claims: Sequence[Claim]) -> list[tuple[AssetId, int]]:
    return sorted(_best(claims).items(), key=lambda found: (found[1], found[0]))
