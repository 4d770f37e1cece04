"""A sample of a population's answers on the shipped contracts: whoever is paid there has what the simulation says.

Each operator's sample is a batch of its own: deposits, answers with their lines, vouchers, redemption, finality, both
tranches of the rewards, claims. What audits convict is simulated by formulas, and not replayed.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from tallystick.app.redteam.attacks.attack import Ground
from tallystick.app.redteam.attacks.stage import Stage
from tallystick.app.redteam.population.market import agents_of, tokens_of
from tallystick.app.redteam.population.outcome import calm_world
from tallystick.app.redteam.population.people import people_of
from tallystick.app.redteam.population.setting import POTS, PRICE, Setting
from tallystick.app.redteam.population.world import World
from tallystick.app.redteam.replay.cast import Cast
from tallystick.domain.ids import NO_AGENT, Pot
from tallystick.domain.money import PPM
from tallystick.domain.usage import Share, SignedReceipt, Voucher
from tallystick.errors import IntegrityViolation

CONSUMER, STAKE = "consumer", 10**12


@dataclass(frozen=True, slots=True)
class Line:
    """Of one answer: whom it pays by the simulation, from which pot, and how much in base units."""

    owner: int
    pot: Pot
    ppm: int
    amount: int


@dataclass(frozen=True, slots=True)
class Answer:
    """As the simulation sold it. `agent` is -1 where nobody brought it."""

    operator: int
    tuner: int
    agent: int
    tokens: tuple[int, int]
    fee: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was played: base units of fees, of what people were paid and of what burned, on the contracts."""

    answers: int
    batches: int
    lines: int
    accounts: int
    fees: int
    paid: int
    burned: int


def replay(setting: Setting, ground: Ground, answers: int, batches: int = 3) -> Replayed:
    """The last day of an attacked world, so many of its answers; `IntegrityViolation` at the first unit that differs."""
    world = _attacked(setting)
    draw = np.random.default_rng([setting.seed, 9])
    found = Counter[str]()
    for sample in _samples(world, answers, batches, draw):
        with ground.undone():
            found.update(play(ground, sample))
    return Replayed(**{name: found[name] for name in Replayed.__slots__})


def play(ground: Ground, sample: list[Answer]) -> dict[str, int]:
    """One operator's answers, settled and claimed; counts of `Replayed`."""
    stage = Stage(ground)
    operator = f"person {sample[0].operator}"
    cast = Cast(stage, operator, STAKE)
    cast.register(sample)
    fees = sum(answer.fee for answer in sample)
    stage.give(CONSUMER, fees)
    stage.pay_in(CONSUMER, operator, fees)
    receipts = _served(stage, cast, operator, sample)
    stage.redeem_last(receipts, operator)
    wanted = _wanted(sample)
    before = {who: stage.wealth(f"person {who}") for who in wanted}
    supply = int(stage.contracts.OpenToken.totalSupply())
    batch = stage.settle(receipts, operator)
    stage.reward(batch, receipts, operator)
    for who, amount in wanted.items():
        _same(f"What {who} was paid", stage.wealth(f"person {who}") - before[who], amount)
    burned = supply - int(stage.contracts.OpenToken.totalSupply())
    _same(
        "What burned", burned, sum(line.amount for r in receipts for line in r.lines if line.pot == Pot.BURN)
    )
    _same(
        "The audit pool's part", batch[1][6], sum(answer.fee * POTS[Pot.AUDIT] // 10_000 for answer in sample)
    )
    counts = {"answers": len(sample), "batches": 1, "lines": sum(len(a.lines) for a in sample)}
    return counts | {"accounts": len(wanted), "fees": fees, "paid": sum(wanted.values()), "burned": burned}


def _attacked(setting: Setting) -> World:
    people = people_of(setting)
    world = World(people, before=calm_world(people))
    for _ in range(setting.epochs):
        world.step()
    return world


def _samples(world: World, answers: int, batches: int, draw: np.random.Generator) -> list[list[Answer]]:
    """Of operators drawn by their answers."""
    demand, _ = world.today
    operators = draw.permutation(np.unique(demand.answers.operator))[:batches]
    each = -(-answers // len(operators))
    return [
        [_answer(world, int(k)) for k in np.flatnonzero(demand.answers.operator == operator)[:each]]
        for operator in operators
    ]


def _answer(world: World, k: int) -> Answer:
    demand, paid = world.today
    people, lines, of = world.people, paid.lines, demand.answers
    rows = range(*np.searchsorted(lines.answer, [k, k + 1]))
    tokens = tokens_of(people, world.number)[k]
    agent = agents_of(people, world.number, len(demand.fee))[k]
    made = (
        Line(int(lines.owner[i]), Pot(int(lines.pot[i])), int(lines.ppm[i]), int(paid.amount[i]))
        for i in rows
    )
    asked = (int(tokens[0]), int(tokens[1]))
    whose = int(of.operator[k]), int(of.tuner[k]), int(agent)
    return Answer(*whose, asked, int(demand.fee[k]), tuple(made))


def _served(stage: Stage, cast: Cast, operator: str, sample: list[Answer]) -> list[SignedReceipt]:
    """On one lane; each receipt's fee and lines are compared with the simulation's."""
    receipts: list[SignedReceipt] = []
    at: Voucher | None = None
    for answer in sample:
        assets = cast.assets_of(answer)
        shares = [Share(asset, line.pot, line.ppm) for asset, line in zip(assets, answer.lines, strict=True)]
        agent = cast.agent(answer.agent) if answer.agent >= 0 else NO_AGENT
        if answer.agent >= 0:
            shares.append(Share(agent, Pot.AGENT, PPM))
        terms = cast.terms_of(answer, PRICE, POTS)
        signed = stage.answer(terms, operator, CONSUMER, shares, answer.tokens, at, agent)
        _same("A fee", signed.receipt.cumulative - signed.receipt.previous, answer.fee)
        for line, said in zip(signed.lines, answer.lines, strict=False):
            _same(f"A line of the {line.pot.name.lower()} pot", line.amount, said.amount)
        assert signed.voucher is not None
        receipts.append(signed)
        at = signed.voucher.voucher
    return receipts


def _wanted(sample: list[Answer]) -> Counter[int]:
    """Base units by person, as the simulation booked them."""
    found = Counter[int]()
    for answer in sample:
        for line in answer.lines:
            found[line.owner] += line.amount
        if answer.agent >= 0:
            found[answer.agent] += answer.fee * POTS[Pot.AGENT] // 10_000
    return found


def _same(what: str, played: int, booked: int) -> None:
    if played != booked:
        raise IntegrityViolation(
            f"{what} is {played} base units on the contracts, {booked} in the simulation."
        )
