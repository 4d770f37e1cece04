"""The world's numbers: who there is, what answers cost, and what is assumed about them.

Pots, tranches, floors and splits are the shipped ones; what stands here is the world around them. Money is in base
units of OPEN (10^-6), values in nats, time in epochs of a day.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np

from tallystick.domain.usage import Terms
from tallystick.errors import InvalidInput


class Role(IntEnum):
    """What a participant lives by."""

    DOCUMENTS = 0
    LESSONS = 1
    TUNERS = 2
    AGENTS = 3
    OPERATORS = 4
    VERIFIERS = 5


# Of all participants; operators and verifiers are few, so that their batches fill.
PARTS: Final = {Role.DOCUMENTS: 0.60, Role.LESSONS: 0.25, Role.TUNERS: 0.05, Role.AGENTS: 0.0996}
FEW: Final = 0.0002
LEAST_FEW: Final = 20
LEAST: Final = 2_000

# Base units for 1,000 tokens in and out, and mean tokens of an answer: about 0.01 OPEN.
PRICE: Final = (20_000, 80_000)
TOKENS: Final = (235, 64)
# By `domain.ids.Pot`.
POTS: Final[tuple[int, ...]] = tuple(int(p) for p in np.array(Terms.__dataclass_fields__["pots"].default))
ANSWERS_PER_PERSON: Final = 0.1
REFERRED: Final = 0.5

# The audit game of PROTOCOL section 8 with the notes' numbers: drawn receipts of a batch, and the bond. No canaries: the
# shipped court has none.
BATCH: Final = 2_000
DRAWN_LEAST, DRAWN_PPM = 60, 5_000
COVER_PERCENT, BURNED_BPS = 125, 5_000
BANNED: Final = 30

# What a data set costs a day: its bond's interest (1 OPEN at 10 % a year), and its registration and making over a month.
INTEREST: Final = 274
REGISTRATION: Final = 2_000
MONTH: Final = 30
# What an answer costs whoever buys it to prove a passage of its own useful: a fee less the whole retrieval pot.
OWN_ANSWER: Final = 7_800


@dataclass(frozen=True, slots=True)
class Setting:
    """One seed of one world. `attackers` is the part of every role that does what pays best; `measured` are the epochs
    at the end over which pay is compared."""

    participants: int
    epochs: int = 100
    attackers: float = 0.3
    seed: int = 1
    is_naive: bool = False
    measured: int = 10

    def __post_init__(self) -> None:
        if self.participants < LEAST:
            raise InvalidInput(
                f"{self.participants} participants are no population.", f"Take at least {LEAST}."
            )
        if not 0 <= self.attackers < 1:
            raise InvalidInput(f"{self.attackers} is no part of a population.", "Use one from 0 to below 1.")
        if not 0 < self.measured <= self.epochs:
            raise InvalidInput("There are fewer epochs than are measured.", "Take at least 10 epochs.")

    @property
    def answers(self) -> int:
        """Paid by honest consumers, an epoch."""
        return int(self.participants * ANSWERS_PER_PERSON)

    def count(self, role: Role) -> int:
        if role in PARTS:
            return int(self.participants * PARTS[role])
        return max(LEAST_FEW, int(self.participants * FEW))
