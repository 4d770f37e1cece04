"""Pay with attackers beside pay without, role by role, after they have adapted."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tallystick.app.redteam.population.people import Bools, Floats, Ints, people_of
from tallystick.app.redteam.population.setting import Role, Setting
from tallystick.app.redteam.population.world import Epoch, World


@dataclass(frozen=True, slots=True)
class Conduct:
    """What the attackers of a role came to: how many follow an arm in the end, and what it earned them lately."""

    role: str
    arm: str
    followers: int
    profit: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """`kept` is honest pay with attackers over honest pay of the same people with everybody honest, by role; `worst` the
    least of them. `attackers_gain` is what attackers earn over what they earned honest. Money in base units an epoch.
    """

    setting: Setting
    kept: dict[str, float]
    worst: float
    attackers_gain: float
    slashed: float
    convicted: int
    named: int
    honest_slashed: int
    conduct: tuple[Conduct, ...]


def simulate(setting: Setting, tell: Callable[[int], None] = lambda epoch: None) -> Outcome:
    """Both worlds of one seed. The honest one needs no time to adapt: only the measured epochs of it are played."""
    people = people_of(setting)
    attacked, honest = World(people), World(people, attacks=False)
    honest.number = setting.epochs - setting.measured
    with_attack, without = np.zeros(people.size), np.zeros(people.size)
    told: list[Epoch] = []
    for number in range(1, setting.epochs + 1):
        epoch = attacked.step()
        told.append(epoch)
        if number > setting.epochs - setting.measured:
            with_attack += epoch.profit
            without += honest.step().profit
        tell(number)
    return _outcome(attacked, with_attack, without, told)


def _outcome(world: World, attacked: Floats, honest: Floats, epochs: list[Epoch]) -> Outcome:
    people, setting = world.people, world.people.setting
    kept = {
        role.name.lower(): _ratio(attacked, honest, ~people.is_attacker, people.ids(role))
        for role in Role
        if not (setting.is_naive and role is Role.VERIFIERS)
    }
    attackers = people.is_attacker
    conduct = tuple(
        Conduct(role.name.lower(), arm.name, int((crowd.arm == k).sum()), float(crowd.earned[k]))
        for role, crowd in world.crowds.items()
        for k, arm in enumerate(crowd.arms)
    )
    return Outcome(
        setting,
        kept,
        min(kept.values()),
        float(attacked[attackers].sum() / max(honest[attackers].sum(), 1.0)),
        sum(e.slashed for e in epochs) / setting.epochs,
        sum(e.convicted for e in epochs),
        sum(e.named for e in epochs),
        sum(e.honest_slashed for e in epochs),
        conduct,
    )


def _ratio(attacked: Floats, honest: Floats, who: Bools, ids: Ints) -> float:
    mine = ids[who[ids]]
    before = float(honest[mine].sum())
    return float(attacked[mine].sum()) / before if before > 0 else 1.0
