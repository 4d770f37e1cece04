"""Pay with attackers beside pay without, role by role, after they have adapted."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tallystick.app.redteam.population.people import Bools, Floats, Ints, People, people_of
from tallystick.app.redteam.population.setting import Role, Setting
from tallystick.app.redteam.population.world import Epoch, World

# Epochs before the first attack.
CALM = 10


@dataclass(frozen=True, slots=True)
class Conduct:
    """What the attackers of a role came to: how many follow an arm in the end, and what it earned them lately."""

    role: str
    arm: str
    followers: int
    profit: float


@dataclass(frozen=True, slots=True)
class Kept:
    """Honest pay of a role with attackers, over honest pay of the same people with everybody honest."""

    role: str
    kept: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """`worst` is the least of `kept`; `attackers_gain` what attackers earn over what they would have earned honest.

    `convicted` are batches that audits drew a false receipt of, `named` operators found shading, `honest_convicted`
    must be 0. `slashed` is in base units, over all epochs. `asked` are scorings of earlier passages, an answer.
    """

    setting: Setting
    worst: float
    attackers_gain: float
    slashed: int
    convicted: int
    named: int
    honest_convicted: int
    asked: float
    kept: tuple[Kept, ...]
    conduct: tuple[Conduct, ...]


def simulate(setting: Setting, tell: Callable[[int], None] = lambda epoch: None) -> Outcome:
    """Both worlds of one seed. Attackers come to a market that is there: nobody can copy what was not yet paid."""
    people = people_of(setting)
    calm = calm_world(people)
    attacked, honest = World(people, before=calm), World(people, attacks=False, before=calm)
    with_attack, without = np.zeros(people.size), np.zeros(people.size)
    told: list[Epoch] = []
    for number in range(1, setting.epochs + 1):
        epoch = attacked.step()
        told.append(epoch)
        plain = honest.step()
        if number > setting.epochs - setting.measured:
            with_attack += epoch.profit
            without += plain.profit
        tell(number)
    return _outcome(attacked, with_attack, without, told)


def calm_world(people: People) -> World:
    """The market that attackers come to."""
    calm = World(people, attacks=False, number=people.setting.epochs)
    for _ in range(CALM):
        calm.step()
    return calm


def _outcome(world: World, attacked: Floats, honest: Floats, epochs: list[Epoch]) -> Outcome:
    people, setting = world.people, world.people.setting
    kept = tuple(
        Kept(role.name.lower(), _ratio(attacked, honest, ~people.is_attacker, people.ids(role)))
        for role in Role
        if not (setting.is_naive and role is Role.VERIFIERS)
    )
    attackers = people.is_attacker
    conduct = tuple(
        Conduct(role.name.lower(), arm.name, int((crowd.arm == k).sum()), float(crowd.earned[k]))
        for role, crowd in world.crowds.items()
        for k, arm in enumerate(crowd.arms)
    )
    return Outcome(
        setting,
        min(k.kept for k in kept),
        float(attacked[attackers].sum() / max(honest[attackers].sum(), 1.0)),
        sum(e.slashed for e in epochs),
        sum(e.convicted for e in epochs),
        sum(e.named for e in epochs),
        sum(e.honest_convicted for e in epochs),
        sum(e.asked for e in epochs) / (setting.answers * len(epochs)),
        kept,
        conduct,
    )


def _ratio(attacked: Floats, honest: Floats, who: Bools, ids: Ints) -> float:
    mine = ids[who[ids]]
    before = float(honest[mine].sum())
    return float(attacked[mine].sum()) / before if before > 0 else 1.0
