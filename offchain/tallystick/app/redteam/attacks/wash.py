"""R1: somebody who is payer, operator, model, data and agent at once pays himself, and looks for a way to gain by it."""

from collections.abc import Iterator

import numpy as np

from tallystick.app.redteam.attacks.attack import Attack, Ground, Parameters, Profit, Range
from tallystick.app.redteam.attacks.stage import Stage, as_
from tallystick.domain import money
from tallystick.domain.ids import AUDIT_POOL, BURN, INSURANCE, NO_AGENT, AssetId, Pot
from tallystick.domain.usage import Share, SignedReceipt

PURSE, STAKE = 4 * 10**11, 10**12
OWN = ("nora", "bob", "carl")
# Of a day, base units: a pot in the way of LooksRare and Ocean, and what honest consumers pay.
EMISSION, HONEST = 10**9, 10**9
RESERVED = (BURN, AUDIT_POOL, INSURANCE)
# Whole numbers: prices per 1,000 tokens, tokens an answer, bps of pots, ppm of each pot that is named as one's own.
SPACE = {
    "price_in": Range(10_000, 2**24, is_wide=True),
    "price_out": Range(10_000, 2**24, is_wide=True),
    "tokens_in": Range(100, 2_000, is_wide=True),
    "tokens_out": Range(1, 500, is_wide=True),
    "answers": Range(1, 6),
    "burn_bps": Range(100, 900),
    "audit_bps": Range(100, 900),
    "insurance_bps": Range(100, 900),
    "retrieval_bps": Range(0, 2_500),
    "lineage_bps": Range(0, 1_500),
    "training_bps": Range(0, 1_500),
    "agent_bps": Range(0, 1_000),
    "ppm": Range(1, 1_000_000, is_wide=True),
    "parts": Range(1, 3),
}


def pots_of(p: Parameters) -> tuple[int, ...]:
    """The terms' pots; the operator's takes the rest, and the retrieval pot what is beyond its bound."""
    chosen = [p[name] for name in ("burn_bps", "audit_bps", "insurance_bps")]
    others = [p[name] for name in ("retrieval_bps", "lineage_bps", "training_bps", "agent_bps")]
    rest = 10_000 - sum(chosen) - sum(others)
    others[0] += max(0, rest - 7_000)
    return (*chosen, min(rest, 7_000), *others)


def shares_of(p: Parameters, own: AssetId, model: AssetId, data: list[AssetId]) -> list[Share]:
    """All of the operator's pot and `ppm` of the others, each in as many lines as there are data sets of one's own."""
    found = [Share(own, Pot.OPERATOR, money.PPM), Share(model, Pot.LINEAGE, min(p["ppm"], 600_000))]
    for pot in (Pot.RETRIEVAL, Pot.TRAINING):
        each = p["ppm"] // len(data)
        found += [Share(asset, pot, each) for asset in data if each]
    return found


def play(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """He audits nothing here, so that he has to lose all that goes to burn, audit and insurance; no unit less."""
    earned, reserved, fees = washed(ground, parameters)
    return Profit(earned, -sum(reserved.values()), STAKE, volume=fees)


def washed(ground: Ground, parameters: Parameters) -> tuple[int, dict[AssetId, int], int]:
    """The whole way of the money on the contracts, until he has left with all that he can take: what he has more than
    before, what the shipped split had named for burn, audit and insurance, and the fees."""
    stage = Stage(ground)
    for name in OWN:
        stage.give(name, PURSE + STAKE)
    before = stage.wealth(*OWN)
    data, made = _receipts(stage, parameters, pots_of(parameters))
    stage.pay_in("bob", "nora", made[-1].receipt.cumulative)
    stage.redeem_last(made, "nora")
    batch = stage.settle(made, "nora")
    stage.reward(batch, made, "nora")
    stage.leave("nora", "nora")
    for name, asset in data.items():
        stage.contracts.DatasetRegistry.withdrawBond(asset, as_(name))
    reserved = {asset: _lines_of(made, asset) for asset in RESERVED}
    return stage.wealth(*OWN) - before, reserved, made[-1].receipt.cumulative


def _receipts(
    stage: Stage, p: Parameters, pots: tuple[int, ...]
) -> tuple[dict[str, AssetId], list[SignedReceipt]]:
    own, model = stage.operator("nora", STAKE), stage.base_model("nora")
    names = [OWN[n] for n in range(p["parts"])]
    owned = {name: stage.dataset(name) for name in names}
    data = sorted(owned.values(), key=lambda e: e.dataset_id)
    agent = stage.agent("carl") if p["agent_bps"] else NO_AGENT
    terms = stage.offer(
        "nora", own, model, data, data, pots=pots, price_in=p["price_in"], price_out=p["price_out"]
    )
    shares = shares_of(p, own, model, [e.dataset_id for e in data])
    made: list[SignedReceipt] = []
    for _ in range(p["answers"]):
        at = made[-1].voucher.voucher if made and made[-1].voucher else None
        made.append(stage.answer(terms, "nora", "bob", shares, (p["tokens_in"], p["tokens_out"]), at, agent))
    return {name: e.dataset_id for name, e in owned.items()}, made


def _lines_of(made: list[SignedReceipt], asset: AssetId) -> int:
    return sum(line.amount for s in made for line in s.lines if line.asset_id == asset)


def with_emission(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """The same where a pot is shared out by the fees that each pays, beside honest ones."""
    honest = play(ground, parameters, seed)
    paid = EMISSION * honest.volume // (HONEST + honest.volume)
    return Profit(honest.earned + paid, honest.allowed, honest.locked, 0, 1, honest.volume)


WASH = Attack(
    "wash",
    "R1: payer, operator, model, data and agent are one person, who pays himself",
    "loses burn, audit and insurance to the unit: nothing comes back",
    SPACE,
    play,
    {"emission": with_emission},
)


def searched(seed: int, count: int, block: int = 5_000) -> tuple[int, int, float]:
    """Random wash strategies on the shipped split, where audit and insurance all come back to him: they count as won
    (PROTOCOL 6), so that -(burn + dust) is left. How many were tried, how many kept more than the fee less its burn pot,
    and the best net of all as a part of the fee."""
    tried, breaking, best = 0, 0, -1.0
    for fee, done, floor in _blocks(seed, count, block):
        net = -(fee - done.lines - done.audit - done.insurance)
        tried += len(fee)
        breaking += int(((net > -floor) | (net >= 0)).sum())
        best = max(best, float((net / fee).max()))
    return tried, breaking, best


class _Sums:
    """Per receipt; `lines` are all that the coalition gets."""

    def __init__(self, done: money.Split, count: int, per: int) -> None:
        self.lines = done.lines.reshape(count, per).sum(axis=1)
        self.audit, self.insurance, self.burn = done.audit, done.insurance, done.burn


def _blocks(seed: int, count: int, block: int) -> Iterator[tuple[money.Ints, _Sums, money.Ints]]:
    draw, left = np.random.default_rng(seed), count
    while left > 0:
        n, per = min(block, left), 5
        left -= n
        pots = np.zeros((n, len(Pot)), dtype=np.int64)
        pots[:, :3] = draw.integers(100, 901, (n, 3))
        pots[:, 4:8] = draw.integers(0, 1_001, (n, 4))
        pots[:, 3] = money.BPS - pots.sum(axis=1)
        fee = np.floor(np.exp(draw.uniform(0, np.log(2.0**50), n))).astype(np.int64)
        ppm = np.floor(np.exp(draw.uniform(0, np.log(1e6), (n, per)))).astype(np.int64)
        ppm[draw.random((n, per)) < 0.5] = money.PPM
        pot_of = np.tile(np.arange(3, 8, dtype=np.int64), n)
        starts = np.arange(n + 1, dtype=np.int64) * per
        done = money.split(fee, pots, starts, pot_of, ppm.reshape(-1))
        yield fee, _Sums(done, n, per), fee // money.BPS * pots[:, 0]
