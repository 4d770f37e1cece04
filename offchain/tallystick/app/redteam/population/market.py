"""Demand, and what its answers pay by the shipped split."""

from typing import Any, NamedTuple

import numpy as np

from tallystick.app.redteam.population.kernel import Answers, Lines, epoch
from tallystick.app.redteam.population.people import Floats, Ints, People
from tallystick.app.redteam.population.setting import POTS, PRICE, REFERRED, TOKENS, Role
from tallystick.app.redteam.population.shelf import Shelf
from tallystick.app.redteam.population.shipped import compiled
from tallystick.domain.ids import Pot
from tallystick.domain.money import Split, fees, split
from tallystick.errors import IntegrityViolation

TABLE = np.array(POTS, np.int64)
# All that a coalition can name itself in.
EARNED = (Pot.OPERATOR, Pot.RETRIEVAL, Pot.LINEAGE, Pot.TRAINING, Pot.AGENT)


class Demand(NamedTuple):
    """An epoch's paid answers: what was asked of whom, and the fee of each in base units."""

    answers: Answers
    fee: Ints


class Paid(NamedTuple):
    """`amount` in base units of each line."""

    lines: Lines
    amount: Ints
    audit: int
    burn: int


def tokens_of(people: People, day: int, draw: Any = None) -> Ints:
    """In and out, of each answer of a day; shape (answers, 2)."""
    draw, count = draw or np.random.default_rng([people.setting.seed, 3, day]), people.setting.answers
    found = np.stack([draw.poisson(TOKENS[0], count), draw.poisson(TOKENS[1], count) + 1], axis=1)
    return found.astype(np.int64)


def demand_of(people: People, day: int, is_out: Any) -> Demand:
    """By the seed and the day alone, but for operators that are out: others serve their answers."""
    draw, count = np.random.default_rng([people.setting.seed, 3, day]), people.setting.answers
    tokens = tokens_of(people, day, draw)
    fee = fees(np.broadcast_to(np.array(PRICE), (count, 2)), tokens)
    topic = draw.choice(people.topics, count, p=people.popularity)
    tuner = draw.integers(0, people.setting.count(Role.TUNERS), count) + people.start[Role.TUNERS]
    place, again = draw.integers(0, len(is_out), count), draw.random(count)
    serving = np.flatnonzero(~is_out)
    if len(serving):
        place = np.where(is_out[place], serving[(again * len(serving)).astype(np.int64)], place)
    operator = place + people.start[Role.OPERATORS]
    return Demand(Answers(topic, tokens[:, 1], operator, tuner, np.zeros(count, np.int64)), fee)


def pay(seed: int, demand: Demand, documents: Shelf, lessons: Shelf, *, is_naive: bool) -> Paid:
    """`IntegrityViolation` unless fees are paid out to the unit."""
    answers, fee = demand
    out, count = compiled(epoch)(seed, answers, documents, lessons, is_naive)
    lines = Lines(*(column[:count] for column in out))
    starts = np.searchsorted(lines.answer, np.arange(len(fee) + 1)).astype(np.int64)
    done = split(fee, np.broadcast_to(TABLE, (len(fee), len(POTS))), starts, lines.pot, lines.ppm)
    _check(fee, done)
    return Paid(lines, done.lines, int(done.audit.sum()), int(done.burn.sum()))


def _check(fee: Ints, done: Split) -> None:
    paid = int(done.lines.sum() + done.audit.sum() + done.insurance.sum() + done.burn.sum())
    if paid != int(fee.sum()):
        raise IntegrityViolation(f"The split paid {paid} of {int(fee.sum())} units.")


def referred(people: People, day: int, fee: Ints) -> Floats:
    """Agents' pot of the answers that agents brought, by id; nobody else can earn it, and it moves nothing else."""
    agent, pot = agents_of(people, day, len(fee)), fee * POTS[Pot.AGENT] // 10_000
    return summed(agent[agent >= 0], pot[agent >= 0], people.size)


def agents_of(people: People, day: int, count: int) -> Ints:
    """Who brought each answer of a day; -1 where nobody did."""
    draw = np.random.default_rng([people.setting.seed, 4, day])
    is_referred = draw.random(count) < REFERRED
    agent = draw.integers(0, people.setting.count(Role.AGENTS), count) + people.start[Role.AGENTS]
    return np.where(is_referred, agent, -1)


def summed(place: Ints, amount: Ints, size: int) -> Floats:
    """Amounts by place; exact, since sums stay far below 2^53."""
    return np.bincount(place, weights=amount, minlength=size).astype(np.float64)


def won_back(volume: Ints, pots: tuple[Pot, ...]) -> Ints:
    """Of fees that buyers pay to themselves, what comes back where they hold these pots whole; shape (n,) to (n,)."""
    starts = np.arange(len(volume) + 1, dtype=np.int64) * len(pots)
    whole = np.full(len(volume) * len(pots), 1_000_000, np.int64)
    table = np.broadcast_to(TABLE, (len(volume), len(POTS)))
    named = np.tile(np.array(pots, np.int64), len(volume))
    found: Ints = split(volume, table, starts, named, whole).lines.reshape(len(volume), len(pots)).sum(axis=1)
    return found
