"""Attackers learn: each epoch some of them look at what every conduct earned, and take what pays best or try another."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tallystick.app.redteam.population.conduct import ARMS, Arm
from tallystick.app.redteam.population.people import Bools, Floats, Ints, People
from tallystick.app.redteam.population.setting import Role

REVISING, TRYING = 0.2, 0.02
# How much of what was known stays when a new epoch's mean comes in.
MEMORY = 0.8


@dataclass(slots=True)
class Crowd:
    """The attackers of one role. `arm` by attacker; `earned` is what a conduct earned lately, base units an epoch."""

    role: Role
    ids: Ints
    arm: Ints
    earned: Floats
    known: Ints

    @property
    def arms(self) -> tuple[Arm, ...]:
        return ARMS[self.role]

    def note(self, profit: Floats, heard: Bools) -> None:
        """Profit by attacker, of those whose conduct came to an end or an epoch; before they revise it."""
        for place in range(len(self.arms)):
            mine = heard & (self.arm == place)
            if mine.any():
                mean = float(profit[mine].mean())
                kept = MEMORY if self.known[place] else 0.0
                self.earned[place] = kept * self.earned[place] + (1 - kept) * mean
                self.known[place] = 1

    def revise(self, free: Bools, draw: Any) -> Ints:
        """Attackers who changed; of those who are free to. Every conduct is tried before the best is taken."""
        chance = np.where(free, draw.random(len(self.ids)), 1.0)
        value = np.where(self.known > 0, self.earned, np.inf)
        best = np.flatnonzero(value == value.max())
        chosen = self.arm.copy()
        looking, trying = chance < REVISING, chance < REVISING * TRYING
        chosen[looking] = draw.choice(best, int(looking.sum()))
        chosen[trying] = draw.integers(0, len(self.arms), int(trying.sum()))
        changed = np.flatnonzero(chosen != self.arm)
        self.arm = chosen
        return changed


def crowds_of(people: People, draw: Any) -> dict[Role, Crowd]:
    """At first they try everything."""
    found = {}
    for role in Role:
        ids, arms = people.attackers(role), ARMS[role]
        found[role] = Crowd(
            role,
            ids,
            draw.integers(0, len(arms), len(ids)),
            np.zeros(len(arms)),
            np.zeros(len(arms), np.int64),
        )
    return found
