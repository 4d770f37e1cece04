"""R11: an operator who waits for a draw that spares him: by his own verifiers' silence, and by blocks thrown away."""

import random
from dataclasses import dataclass
from math import comb

from tallystick.app.redteam.attacks.attack import Attack, Ground, Parameters, Profit, Range
from tallystick.app.redteam.attacks.audits.courtroom import Courtroom, slashable
from tallystick.app.redteam.attacks.audits.seats import named
from tallystick.app.redteam.attacks.bonds import Operator
from tallystick.pipeline.auditing.court import PANEL, Outcome, Said, packed

STAKE, MOST, DRAWS, ATTEMPTS = 5 * 10**11, 2 * 10**11, 4, 3
PPM = 1_000_000
# What a block thrown away costs at least, base units: an assumption.
BLOCK = 1_000_000


@dataclass(frozen=True, slots=True)
class Odds:
    """Of one draw among `seats` of which `own` are the operator's: both honest, one of each, both his."""

    honest: float
    mixed: float
    panel: float
    """That four of a panel are honest."""


def odds_of(seats: int, own: int) -> Odds:
    pairs, honest = comb(seats, 2), seats - own
    size = min(PANEL, seats)
    convicting = sum(comb(honest, k) * comb(own, size - k) for k in range(4, size + 1)) / comb(seats, size)
    return Odds(comb(honest, 2) / pairs, honest * own / pairs, convicting)


def detected(odds: Odds, hit: float, choices: int) -> tuple[float, float]:
    """The chance to be convicted, and how often own verifiers kept silent on average. `choices` seeds are there for each
    draw, and he takes one that spares him if there is one."""
    hit = hit**choices
    convicted, silent, reached = 0.0, 0.0, 1.0
    for _ in range(ATTEMPTS):
        convicted += reached * hit * odds.honest
        reached *= hit * odds.mixed
        silent += reached
    return convicted + reached * odds.panel, silent


def play(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """The average of a batch with some false receipts: chances from the court's own number of samples and its rules of
    silence, money as the contracts took it. `free` is whether he has stake that no lock stands on."""
    total, count = parameters["total"], parameters["receipts"]
    operator = Operator(ground, STAKE if parameters["free"] else 3 * total, MOST)
    own = min(parameters["own"], (parameters["seats"] - 1) // 2)
    room = Courtroom(operator.stage, named(parameters["seats"]))
    false = max(1, min(count, parameters["false"]))
    batch = operator.claim(total, count)
    with ground.undone():
        before = slashable(operator.stage, "nora")
        room.audit(batch, lambda _, found: packed([Said.DIFFERENT] * len(found)))
        lost, drawn = before - slashable(operator.stage, "nora"), len(room.samples(batch[0]))
    hit = 1.0 if drawn >= count else 1 - (1 - false / count) ** drawn
    fine = room.bond_of("verifier 0") // 20
    chance, silent = detected(odds_of(parameters["seats"], own), hit, 2 ** parameters["blocks"])
    gain = total * parameters["taken_ppm"] // PPM * false // count
    earned = (1 - chance) * gain - chance * lost - silent * fine - parameters["blocks"] * BLOCK
    return Profit(round(earned), 0, operator.bond_of(total) + own * fine * 20, 0, 1, total)


def convicted_of(ground: Ground, parameters: Parameters, seed: int, draws: int) -> int:
    """How many of so many audits, each played on the contracts to its end, convict; own verifiers keep silent beside
    an honest one whose sample is false. Blocks are not chosen here."""
    operator = Operator(ground, STAKE, MOST)
    seats, own = parameters["seats"], parameters["own"]
    room, count = Courtroom(operator.stage, named(seats)), parameters["receipts"]
    mine = set(named(own))
    bad = set(random.Random(seed).sample(range(count), parameters["false"]))
    batch, convicted = operator.claim(parameters["total"], count), 0

    def says(name: str, found: object) -> int | None:
        said = [Said.DIFFERENT if i in bad else Said.SAME for i in found]  # type: ignore[attr-defined]
        if name not in mine:
            return packed(said)
        drawn = room.drawn(int(batch[0]))
        is_mixed = len(drawn) == 2 and not set(drawn) <= mine
        return None if is_mixed and Said.DIFFERENT in said else 0

    for n in range(draws):
        with ground.undone():
            ground.wait(13 * n)
            convicted += room.audit(batch, says) is Outcome.GUILTY
    return convicted


GRINDING = Attack(
    "grinding",
    "R11: own verifiers keep silent until a draw spares the batch, and blocks are thrown away for another seed",
    "on average he loses, a block costing 1 OPEN and most seats being honest (PROTOCOL 8 trusts the committee)",
    {
        "seats": Range(8, 24),
        "own": Range(0, 12),
        "blocks": Range(0, 1),
        "free": Range(0, 1),
        "total": Range(10**7, MOST, is_wide=True),
        "receipts": Range(2, 2**20, is_wide=True),
        "false": Range(1, 2**10, is_wide=True),
        "taken_ppm": Range(10_000, 900_000, is_wide=True),
    },
    play,
)
