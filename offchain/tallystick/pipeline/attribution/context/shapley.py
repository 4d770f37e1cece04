"""Exact Shapley values of an answer's passages: a diagnostic beside the pay, never the pay itself.

Shapley is fair among passages that came at once, but pays a copy half of its original's value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

from tallystick.domain.attribution import Passage
from tallystick.errors import InvalidInput
from tallystick.pipeline.attribution.context.prompts import Scored

MOST_PASSAGES = 10
Coalition = frozenset[int]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Nats by passage, in the order given: Shapley values, and what the answer loses without one alone.

    `without` and `full` are the answer's log-probabilities; the Shapley values add up to their difference.
    """

    shapley: tuple[float, ...]
    leave_one_out: tuple[float, ...]
    without: float
    full: float


def diagnose(scored: Scored, passages: Sequence[Passage]) -> Diagnosis:
    """Scores all 2^k subsets, each in the order given; `InvalidInput` for more than MOST_PASSAGES."""
    if len(passages) > MOST_PASSAGES:
        raise InvalidInput(
            f"{len(passages)} passages have {2 ** len(passages)} subsets.",
            f"Exact Shapley values are for {MOST_PASSAGES} passages at most.",
        )
    everything = frozenset(range(len(passages)))
    values = {
        frozenset(chosen): _value(scored, [passages[i] for i in chosen])
        for size in range(len(passages) + 1)
        for chosen in combinations(range(len(passages)), size)
    }
    lost = tuple(values[everything] - values[everything - {i}] for i in sorted(everything))
    return Diagnosis(shapley_values(values, len(passages)), lost, values[frozenset()], values[everything])


def shapley_values(values: Mapping[Coalition, float], count: int) -> tuple[float, ...]:
    """Of a game that is given for every coalition of players 0 to count - 1."""
    return tuple(
        sum(
            (values[members | {player}] - worth) / (count * comb(count - 1, len(members)))
            for members, worth in values.items()
            if player not in members
        )
        for player in range(count)
    )


def _value(scored: Scored, chosen: Sequence[Passage]) -> float:
    """Nobody's place is empty: without passages the decoys stand, as in the channel."""
    return scored.after(chosen) if chosen else max(scored.plain(), scored.after_decoys())
