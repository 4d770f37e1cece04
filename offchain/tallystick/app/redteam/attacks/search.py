"""How an attacker who knows code and rules, but no seed, looks for his best: at random, then by cross-entropy."""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

from tallystick.app.redteam.attacks.attack import Parameters, Profit, Range

ROUNDS, ELITE = 5, 0.2
Space = Mapping[str, Range]
Tried = tuple[Parameters, Profit]


@dataclass(frozen=True, slots=True)
class Found:
    """The best play, by what it earned beyond the rule and then at all, and how many others were tried for it."""

    parameters: Parameters
    profit: Profit
    plays: int
    breaking: int


def best_response(
    space: Space, play: Callable[[Parameters, int], Profit], seed: int, plays: int
) -> tuple[Found, list[Tried]]:
    """Half of the plays at random, the others in rounds around the best fifth of all before. Repeatable by its seed."""
    draw = random.Random(f"search {seed}")
    tried: list[Tried] = []

    def attempt(parameters: Parameters) -> None:
        tried.append((parameters, play(parameters, draw.getrandbits(40))))

    for _ in range(max(1, plays - plays // 2)):
        attempt({name: _anywhere(draw, of) for name, of in space.items()})
    for n in range(ROUNDS):
        elite = ranked(tried)[: max(2, round(ELITE * len(tried)))]
        for _ in range(plays // 2 * (n + 1) // ROUNDS - plays // 2 * n // ROUNDS):
            attempt({name: _near(draw, of, [p[name] for p, _ in elite]) for name, of in space.items()})
    parameters, profit = ranked(tried)[0]
    breaking = sum(p.excess > 0 or p.honest_lost > 0 for _, p in tried)
    return Found(parameters, profit, len(tried), breaking), tried


def ranked(tried: Sequence[Tried]) -> list[Tried]:
    """Best for the attacker first; of equals the earlier."""
    return sorted(tried, key=lambda t: (-t[1].excess, -t[1].rate, -t[1].honest_lost))


def _anywhere(draw: random.Random, of: Range) -> int:
    if not of.is_wide:
        return draw.randint(of.low, of.high)
    low, high = math.log(max(of.low, 1)), math.log(max(of.high, 1))
    return min(of.high, max(of.low, round(math.exp(draw.uniform(low, high)))))


def _near(draw: random.Random, of: Range, elite: Sequence[int]) -> int:
    """As the best ones have it, spread as they are and never without any."""
    if draw.random() < 0.1:
        return _anywhere(draw, of)
    if of.is_wide:
        logs = [math.log(max(v, 1)) for v in elite]
        value = math.exp(draw.gauss(fmean(logs), max(pstdev(logs), 0.1)))
    else:
        value = draw.gauss(fmean(elite), max(pstdev(elite), 0.02 * (of.high - of.low), 0.5))
    return min(of.high, max(of.low, round(value)))
