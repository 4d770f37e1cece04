"""What convicting is worth: reward against gas, and how much may stand at risk. Sends nothing."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tallystick.sections import Watching

COIN_WEI: Final = 10**18
GWEI: Final = 10**9
# Committing, claiming and being paid, each a call of its own; measured 52k, 63k and 55k.
COMMIT_GAS: Final = 120_000
PAY_GAS: Final = 60_000
DEMAND_GAS: Final = 350_000
LEAST_COMMITMENT: Final = 10**6


@dataclass(frozen=True, slots=True)
class WatchPolicy:
    """`convict` is profit, always or never; `least_profit` and `coin_worth` in base units of OPEN.

    `most_demands` are those of one batch or proposal, one at a time; `most_bonds_gwei` stand in all together.
    `patience_s`: how long a file may be out of reach before a leaf of it is demanded.
    """

    convict: str = "profit"
    least_profit: int = 0
    coin_worth: int = 2_000_000_000
    is_committing: bool = True
    most_demands: int = 24
    most_bonds_gwei: int = 100_000_000
    patience_s: int = 3_600
    openings: Path | None = None

    @classmethod
    def of(cls, told: Watching) -> "WatchPolicy":
        """As configured."""
        return cls(
            convict=told.convict,
            least_profit=told.least_profit,
            coin_worth=told.coin_worth,
            is_committing=told.commit == "on",
            most_demands=told.demands,
            most_bonds_gwei=told.most_bonds,
            patience_s=told.patience,
            openings=told.openings,
        )

    def odds(self, reward: int, gas: int, gas_price: int, bond_wei: int = 0) -> "Odds":
        cost = -(-(gas * gas_price + bond_wei) * self.coin_worth // COIN_WEI)
        is_worth = self.convict == "always" or (
            self.convict == "profit" and reward - cost >= max(self.least_profit, 0)
        )
        return Odds(reward, cost, is_worth)

    def commits(self, reward: int, gas_price: int) -> bool:
        """Whether what a copied proof would take away is more than committing costs."""
        return self.is_committing and reward * COIN_WEI > COMMIT_GAS * gas_price * self.coin_worth


@dataclass(frozen=True, slots=True)
class Odds:
    """Base units; the cost is gas, and for a demand its bond too, at the configured worth of the chain's coin."""

    reward: int
    cost: int
    is_worth: bool

    def __str__(self) -> str:
        return f"brings {self.reward} and costs {self.cost} base units"


def commitment_bond(reward: int) -> int:
    """The least bond that can claim a reward: half of it."""
    return max(-(-reward // 2), LEAST_COMMITMENT)
