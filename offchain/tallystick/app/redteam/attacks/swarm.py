"""R7: one owner who splits what he has over many data sets, owners and accounts, and pays himself for naming himself."""

import random
from collections.abc import Sequence
from functools import partial

from tallystick.app.redteam.attacks.attack import Attack, Ground, Parameters, Profit, Range
from tallystick.app.redteam.attacks.sharing.rules import BASELINES, Rule, by_bar
from tallystick.app.redteam.attacks.stage import account_of
from tallystick.commitments.keccak import keccak256
from tallystick.domain.ids import ZERO_HASH, AssetId, Pot
from tallystick.domain.money import PPM, split_shares
from tallystick.domain.usage import Share, Terms
from tallystick.pipeline.attribution.split import MICRO, Claim, foremost, shares_of

RIVALS, ANSWERS, FEE, MOST = 4, 20, 10_000_000, 24


def asset_of(name: str) -> AssetId:
    return AssetId(keccak256(name.encode()))


TERMS = Terms(account_of("nora"), asset_of("nora"), asset_of("model"), ZERO_HASH, ZERO_HASH, 20_000, 60_000)


def paid(rule: Rule, claims: Sequence[Claim], floor: int, earned: int, fee: int) -> int:
    """What all of one's own assets get of one fee, by a rule and the shipped shares and split."""
    found = rule(claims, floor)
    retrieval = shares_of(Pot.RETRIEVAL, earned, found.gains, found.whole)
    shares = (Share(TERMS.operator_asset, Pot.OPERATOR, PPM), *retrieval)
    lines = split_shares(TERMS, fee, foremost(shares))
    names = {asset_of(f"own {n}") for n in range(MOST)}
    return sum(line.amount for line in lines if line.asset_id in names)


def played(rule: Rule, parameters: Parameters, seed: int) -> Profit:
    """Beside one data set of all his records, at the earliest of the places that he takes; a unit a part for rounding."""
    draw, parts = random.Random(seed), parameters["parts"]
    earned = honest = volume = 0
    for _ in range(ANSWERS):
        floor, first = draw.randint(0, MICRO // 10), draw.randint(0, RIVALS)
        rivals = [
            Claim(asset_of(f"rival {n}"), 100 * n + 50, 0, draw.randint(0, 3 * MICRO)) for n in range(RIVALS)
        ]
        values = _values(draw, parameters, parts)
        split = [
            Claim(asset_of(f"own {n}"), 100 * first + n + parameters["apart"] * 100 * n, n, value)
            for n, value in enumerate(values)
        ]
        whole = [Claim(asset_of("own 0"), 100 * first, n, value) for n, value in enumerate(values)]
        ppm, fee = draw.randint(0, PPM), draw.randint(1, FEE)
        earned += paid(rule, [*rivals, *split], floor, ppm, fee)
        honest += paid(rule, [*rivals, *whole], floor, ppm, fee)
        volume += fee
    return Profit(earned - honest, parts * ANSWERS, 0, 0, ANSWERS, volume)


def play(rule: Rule, ground: Ground, parameters: Parameters, seed: int) -> Profit:
    return played(rule, parameters, seed)


def _values(draw: random.Random, parameters: Parameters, parts: int) -> list[int]:
    """His records in the order of their parts: any, or a stair whose steps he chose."""
    if not parameters["stair"]:
        return [draw.randint(0, 3 * MICRO) for _ in range(parts)]
    top = draw.randint(1, 3 * MICRO)
    steps = [top - (parts - 1 - n) * parameters["step"] for n in range(parts)]
    return [max(0, value) for value in steps]


SWARM = Attack(
    "swarm",
    "R7: one owner's records spread over many data sets and accounts, side by side or between others'",
    "not a unit more than as one data set at the first of its places, but a unit a part for rounding",
    {
        "parts": Range(2, MOST),
        "apart": Range(0, 1),
        "stair": Range(0, 1),
        "step": Range(1, MICRO, is_wide=True),
    },
    partial(play, by_bar),
    {name: partial(play, rule) for name, rule in BASELINES.items()},
)
