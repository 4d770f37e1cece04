"""What attackers put beside honest records: copies of what earns most, stuffed passages, floods."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tallystick.app.redteam.population.adapting import Crowd
from tallystick.app.redteam.population.conduct import SLOTS
from tallystick.app.redteam.population.people import Bools, Floats, Ints, Records
from tallystick.app.redteam.population.setting import INTEREST, MONTH, REGISTRATION

LOW = -1.0


@dataclass(slots=True)
class Copies:
    """Shape (attackers, SLOTS). What the clusters found is registered and paid for, and neither retrieved nor paid."""

    topic: Ints
    origin: Ints
    value: Floats
    score: Floats
    order: Ints
    is_there: Bools
    is_found: Bools

    @classmethod
    def none(cls, attackers: int) -> "Copies":
        shape = (attackers, SLOTS)
        whole, real = np.zeros(shape, np.int64), np.zeros(shape)
        flags = np.zeros(shape, np.bool_)
        return cls(whole, whole.copy(), real, real.copy(), whole.copy(), flags, flags.copy())

    def register(
        self, changed: Ints, crowd: Crowd, records: Records, pay: Floats, order: int, draw: Any
    ) -> None:
        """`pay` is what each honest record earned lately: the better-paid, the likelier it is copied."""
        if not len(changed):
            return
        arms = crowd.arms
        of = crowd.arm[changed]
        copies, value, caught, boost = (
            np.array([getattr(a, name) for a in arms])[of] for name in ("copies", "value", "caught", "boost")
        )
        total = pay.sum()
        chance = pay / total if total > 0 else np.full(len(pay), 1 / len(pay))
        victim = draw.choice(len(pay), (len(changed), SLOTS), p=chance)
        self.topic[changed] = records.topic[victim]
        self.value[changed] = records.value[victim] * value[:, None]
        is_copy = value >= 0.5
        self.origin[changed] = np.where(is_copy[:, None], records.owner[victim], -1)
        near = draw.normal(0.0, 0.1, victim.shape)
        self.score[changed] = records.score[victim] + near + boost[:, None] + LOW * ~is_copy[:, None]
        self.order[changed] = order
        self.is_there[changed] = np.arange(SLOTS)[None, :] < copies[:, None]
        self.is_found[changed] = draw.random(victim.shape) < caught[:, None]

    def records(self, owners: Ints, *, found_too: bool) -> Records:
        """What stands in the index; without clusters, found copies as well."""
        shown = self.is_there if found_too else self.is_there & ~self.is_found
        who = np.broadcast_to(owners[:, None], shown.shape)
        origin = np.where(self.origin < 0, who, self.origin)
        return Records(
            who[shown],
            origin[shown],
            self.topic[shown],
            self.value[shown],
            self.score[shown],
            self.order[shown],
        )

    def costs(self) -> Ints:
        """Base units by attacker for an epoch."""
        found: Ints = self.is_there.sum(axis=1) * (INTEREST + REGISTRATION // MONTH)
        return found
