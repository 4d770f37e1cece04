"""Runs an attack: the search, then its best parameters again under fresh seeds, and whether the bar held in all plays."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median

from tallystick.app.redteam.attacks.attack import Attack, Ground, Parameters, Play, Profit
from tallystick.app.redteam.attacks.search import best_response

FRESH = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """Base units. `low` to `high` is what the best parameters earned under fresh seeds, `rate` the same per fee moved;
    `excess` is the most beyond the rule and `honest_lost` the most that others lost, of all plays. `on_bond` is what
    was earned per unit locked, `beside` what the best found strategy earned per fee moved by rules that others use."""

    attack: str
    bar: str
    met: bool
    plays: int
    tries: int
    breaking: int
    earned: int
    low: int
    high: int
    rate: float
    excess: int
    locked: int
    on_bond: float
    honest_lost: int
    beside: Mapping[str, float] = field(default_factory=dict)
    best: Mapping[str, int] = field(default_factory=dict)


def run(
    attack: Attack, fresh_ground: Callable[[], Ground], seed: int, plays: int, fresh: int = FRESH
) -> Outcome:
    """`fresh_ground` gives a ground that nobody has used; plays leave no trace on it."""
    ground = fresh_ground()

    def playing(way: Play) -> Callable[[Parameters, int], Profit]:
        def once(parameters: Parameters, by: int) -> Profit:
            with ground.undone():
                return way(ground, parameters, by)

        return once

    play = playing(attack.play)
    found, tried = best_response(attack.space, play, seed, plays)
    again = [play(found.parameters, 2**41 + 1_000 * seed + n) for n in range(fresh)]
    every = [profit for _, profit in tried] + again
    earned = sorted(p.earned for p in again)
    locked = max(p.locked for p in again)
    middle = round(median(earned))
    breaking = sum(p.excess > 0 or p.honest_lost > 0 for p in every)
    beside = {
        rule: best_response(attack.space, playing(way), seed, plays)[0].profit.rate
        for rule, way in attack.beside.items()
    }
    return Outcome(
        attack=attack.name,
        bar=attack.bar,
        met=breaking == 0,
        plays=len(every),
        tries=sum(p.tries for p in every),
        breaking=breaking,
        earned=middle,
        low=earned[0],
        high=earned[-1],
        rate=median(p.rate for p in again),
        excess=max(p.excess for p in every),
        locked=locked,
        on_bond=middle / locked if locked else 0.0,
        honest_lost=max(p.honest_lost for p in every),
        beside=beside,
        best=dict(found.parameters),
    )
