"""R8: demanding that an honest operator opens leaf after leaf, at any moment, to cost her gas and hold her pay up."""

import random
from dataclasses import astuple, dataclass

from tallystick.app.redteam.attacks.attack import Attack, Ground, Parameters, Profit, Range
from tallystick.app.redteam.attacks.stage import DAY, Named, Stage, account_of, as_
from tallystick.domain.digests import pack_lines, voucher_hash
from tallystick.domain.ids import Pot
from tallystick.domain.money import PPM
from tallystick.domain.trees import receipt_tree, true_leaf
from tallystick.domain.usage import Share, SignedReceipt
from tallystick.errors import Reverted
from tallystick.pipeline.batches.assemble import settleable

PURSE, STAKE, RECEIPT = 10**9, 10**10, 0
LEAST_FEE = 10**7
# Gas of a transaction with two kilobytes of data, which the EVM does not count into a call.
ENTRY = 60_000
"""Wei a unit of gas: what a demand's bond reckons with where gas is free."""


@dataclass(frozen=True, slots=True)
class Siege:
    """`spent` and `received` are the operator's wei; `held` is the worth of what nobody asked for and still came late."""

    spent: int
    received: int
    held: int


def besieged(ground: Ground, parameters: Parameters, seed: int) -> Siege:
    """Nora answers each demand on the chain, then settles as soon as she may."""
    stage, draw = Stage(ground), random.Random(seed)
    for name, money in (("nora", 2 * STAKE), ("bob", PURSE)):
        stage.give(name, money)
    made = _served(stage, parameters["answers"])
    batch = stage.submit(stage.header(made, "nora"), "nora")
    due = ground.now() + DAY
    ground.wait(parameters["moment"])
    wished = draw.sample(range(len(made)), min(parameters["demands"], len(made)))
    wanted = [index for index in wished if _demanded(stage, batch, index)]
    gas = sum(_answered(stage, batch, made, index) for index in wanted)
    received = int(stage.contracts.DataChallenges.owedTo(account_of("nora")))
    ground.wait(max(0, due - ground.now()))
    unasked = sum(_worth(s) for i, s in enumerate(made) if i not in wanted)
    return Siege(
        gas * LEAST_FEE * parameters["price"] // 100, received, 0 if _is_final(stage, batch) else unasked
    )


def _served(stage: Stage, count: int) -> tuple[SignedReceipt, ...]:
    own, model = stage.operator("nora", STAKE), stage.base_model("nora")
    terms = stage.offer("nora", own, model)
    made: list[SignedReceipt] = []
    for _ in range(count):
        at = made[-1].voucher.voucher if made and made[-1].voucher else None
        made.append(stage.answer(terms, "nora", "bob", [Share(own, Pot.OPERATOR, PPM)], (500, 50), at))
    stage.pay_in("bob", "nora", made[-1].receipt.cumulative)
    stage.redeem_last(made, "nora")
    return settleable(made)


def _demanded(stage: Stage, batch: Named, index: int) -> bool:
    """False where it comes too late to be accepted."""
    book = stage.contracts.DataChallenges
    try:
        book.challenge(batch, RECEIPT, index, {**as_("mallory"), "value": int(book.bondOf(batch[0]))})
    except Reverted:
        return False
    return True


def _answered(stage: Stage, batch: Named, made: tuple[SignedReceipt, ...], index: int) -> int:
    """The gas that it took."""
    signed, tree = made[index], receipt_tree(stage.domain, [true_leaf(s) for s in made])
    assert signed.voucher is not None
    opening = (
        astuple(signed.receipt),
        pack_lines(signed.lines),
        signed.signature,
        voucher_hash(stage.domain, signed.voucher),
        index,
        tree.path(index).packed,
    )
    shown = (astuple(signed.voucher.voucher), signed.voucher.signature)
    stage.contracts.DataChallenges.answerReceipt(batch, opening, shown, as_("nora"))
    return ENTRY + stage.ground.gas_used()


def _is_final(stage: Stage, batch: Named) -> bool:
    try:
        stage.finalise(batch)
    except Reverted:
        return False
    return True


def _worth(signed: SignedReceipt) -> int:
    return signed.receipt.cumulative - signed.receipt.previous


def cost(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """In wei: what she lost beside a sixth of what he did, who gets no bond back that was answered."""
    siege = besieged(ground, parameters, seed)
    lost = siege.spent - siege.received
    return Profit(
        lost, siege.received // 6, siege.received, max(0, lost - siege.received // 6), parameters["demands"]
    )


def delay(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """Base units that came late though nobody asked for them."""
    siege = besieged(ground, parameters, seed)
    return Profit(0, 0, 0, siege.held, parameters["demands"])


SPACE = {
    "answers": Range(1, 24),
    "demands": Range(1, 24),
    "moment": Range(0, DAY - 1),
    "price": Range(100, 200),
}
GRIEFING = Attack(
    "griefing",
    "R8: an honest operator has to open leaf after leaf; amounts are wei, gas at one to two base fees",
    "she loses at most a sixth of what the attacker does",
    SPACE,
    cost,
)
DELAY = Attack(
    "delay",
    "R8: an honest batch is held up by demands that are all answered at once",
    "only what was demanded comes late",
    SPACE,
    delay,
)
