"""What attackers put beside honest records: copies of what earns most, stuffed passages, floods."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tallystick.app.redteam.population.adapting import Crowd
from tallystick.app.redteam.population.conduct import SLOTS
from tallystick.app.redteam.population.people import Bools, Floats, Ints, Records
from tallystick.app.redteam.population.setting import INTEREST, OWN_ANSWER, REGISTRATION
from tallystick.pipeline.inference.retrieval.places import BEGIN, LIFT
from tallystick.pipeline.inference.retrieval.rivals import KNOWN, TRIES

LOW = -1.0


@dataclass(slots=True)
class Copies:
    """Shape (attackers, SLOTS). What the clusters found is registered and paid for, and neither retrieved nor paid."""

    topic: Ints
    origin: Ints
    value: Floats
    score: Floats
    order: Ints
    credit: Ints
    likeness: Ints
    known: Ints
    gave: Ints
    tried: Ints
    doubt: Ints
    life: Ints
    is_there: Bools
    is_found: Bools
    shown: Ints
    since: Ints
    drained: Ints

    @classmethod
    def none(cls, attackers: int) -> "Copies":
        shape = (attackers, SLOTS)
        whole, real = np.zeros(shape, np.int64), np.zeros(shape)
        flags, none = np.zeros(shape, np.bool_), np.zeros(0, np.int64)
        return cls(
            topic=whole,
            origin=whole.copy(),
            value=real,
            score=real.copy(),
            order=whole.copy(),
            credit=whole.copy(),
            likeness=whole.copy(),
            known=np.full((*shape, KNOWN), -1, np.int64),
            gave=np.zeros((*shape, KNOWN), np.int64),
            tried=whole.copy(),
            doubt=whole.copy(),
            life=whole.copy(),
            is_there=flags,
            is_found=flags.copy(),
            shown=none,
            since=np.zeros(attackers, np.int64),
            drained=np.zeros(attackers, np.int64),
        )

    def register(
        self, changed: Ints, crowd: Crowd, records: Records, pay: Floats, order: int, draw: Any
    ) -> Ints:
        """Places of the records whose credit that uses up. `pay` is what each earned lately: the better-paid, the
        likelier it is copied."""
        if not len(changed):
            return changed
        arms = crowd.arms
        of = crowd.arm[changed]
        copies, value, caught, boost, like, credit, early, drains = (
            np.array([getattr(a, name) for a in arms])[of]
            for name in ("copies", "value", "caught", "boost", "like", "credit", "is_early", "is_draining")
        )
        total = pay.sum()
        chance = pay / total if total > 0 else np.full(len(pay), 1 / len(pay))
        victim = draw.choice(len(pay), (len(changed), SLOTS), p=chance)
        # Nobody knows what will pay before it is there.
        victim[early] = draw.integers(0, len(pay), victim[early].shape)
        self.topic[changed] = records.topic[victim]
        self.value[changed] = records.value[victim] * value[:, None]
        is_copy = value >= 0.3
        self.origin[changed] = np.where(is_copy[:, None], records.owner[victim], -1)
        near = draw.normal(0.0, 0.1, victim.shape)
        self.score[changed] = records.score[victim] + near + boost[:, None] + LOW * ~is_copy[:, None]
        self.order[changed] = np.where(early, -1, order)[:, None]
        self.credit[changed] = credit[:, None]
        self.likeness[changed] = draw.random(victim.shape) < like[:, None]
        self.is_there[changed] = np.arange(SLOTS)[None, :] < copies[:, None]
        self.is_found[changed] = draw.random(victim.shape) < caught[:, None]
        self.known[changed], self.gave[changed] = -1, 0
        # Whoever buys credit by questions of its own gets through its first answers by them as well.
        self.tried[changed] = np.where(credit > BEGIN, TRIES, 0)[:, None]
        self.doubt[changed] = 0
        self.life[changed] = (np.maximum(0, credit - BEGIN) // LIFT)[:, None]
        self.since[changed] = 0
        self.drained[changed] = np.where(drains, np.maximum(records.credit[victim[:, 0]], 0), 0)
        drained: Ints = victim[drains][:, 0]
        return drained

    def records(self, owners: Ints, *, found_too: bool) -> Records:
        """What stands in the index; without clusters, found copies as well."""
        shown = self.is_there if found_too else self.is_there & ~self.is_found
        who = np.broadcast_to(owners[:, None], shown.shape)
        origin = np.where(self.origin < 0, who, self.origin)
        self.shown = np.flatnonzero(shown)
        return Records(
            who[shown],
            origin[shown],
            self.topic[shown],
            self.value[shown],
            self.score[shown],
            self.order[shown],
            self.credit[shown],
            self.likeness[shown],
            self.known[shown],
            self.gave[shown],
            self.tried[shown],
            self.doubt[shown],
            self.life[shown],
        )

    def learn(self, credit: Ints, known: Ints, gave: Ints, tried: Ints, doubt: Ints, life: Ints) -> None:
        """Of what `records` gave last."""
        self.credit.ravel()[self.shown] = credit
        self.known.reshape(-1, KNOWN)[self.shown] = known
        self.gave.reshape(-1, KNOWN)[self.shown] = gave
        self.tried.ravel()[self.shown] = tried
        self.life.ravel()[self.shown] = life
        self.doubt.ravel()[self.shown] = doubt
        self.doubt[:] = self.doubt.max(axis=1)[:, None]

    def due(self, crowd: Crowd) -> Ints:
        """Attackers who register afresh today."""
        self.since += 1
        found: Ints = np.flatnonzero(self.since >= np.array([a.days for a in crowd.arms])[crowd.arm])
        return found

    def costs(self, crowd: Crowd) -> Ints:
        """Base units by attacker for an epoch."""
        days, credit = (
            np.array([getattr(a, name) for a in crowd.arms])[crowd.arm] for name in ("days", "credit")
        )
        bought = (np.maximum(0, credit - BEGIN) // LIFT + self.drained) * OWN_ANSWER
        found: Ints = self.is_there.sum(axis=1) * (INTEREST + (REGISTRATION + bought) // days)
        return found
