"""The audit game over operators' batches: draws, convictions and slashes; and what verifiers earn by it."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from tallystick.app.redteam.population.conduct import ARMS
from tallystick.app.redteam.population.people import Bools, Floats, Ints
from tallystick.app.redteam.population.setting import (
    BANNED,
    BATCH,
    BURNED_BPS,
    COVER_PERCENT,
    DRAWN_LEAST,
    DRAWN_PPM,
    POTS,
    Role,
)
from tallystick.domain.ids import AssetId, Pot

STEALABLE_BPS = sum(POTS[pot] for pot in (Pot.RETRIEVAL, Pot.LINEAGE, Pot.TRAINING))


@dataclass(slots=True)
class Books:
    """By operator: receipts, false ones and fees of the open batch; audits so far of shaded receipts; epochs out."""

    receipts: Ints
    false: Ints
    fees: Ints
    shaded: Ints
    out: Ints

    @classmethod
    def empty(cls, operators: int) -> "Books":
        return cls(*(np.zeros(operators, np.int64) for _ in range(5)))


@dataclass(frozen=True, slots=True)
class Verdicts:
    """By operator: base units slashed, whose batch was full and whose fell. `audits` are all drawn receipts, `named` the
    operators found shading."""

    slashed: Ints
    full: Bools
    fell: Bools
    audits: int
    named: int


def audit(books: Books, shading: Ints, lazy: float, draw: Any) -> Verdicts:
    """Closes every batch that is full. `shading` are operators' present ppm aside; `lazy` is that part of verifiers.

    A false receipt that is drawn stands only if both of its verifiers are lazy: else they differ, and the appeal
    re-executes it.
    """
    full = books.receipts >= BATCH
    count = np.where(full, books.receipts, 0)
    drawn = np.minimum(count, np.maximum(DRAWN_LEAST, -(-count * DRAWN_PPM // 1_000_000)))
    hit = draw.hypergeometric(np.where(full, books.false, 0), np.maximum(count - books.false, 0), drawn)
    fell = draw.binomial(hit, 1 - lazy**2) > 0
    gain = books.fees * STEALABLE_BPS // 10_000
    bond = -(-gain * COVER_PERCENT * 100 // (np.maximum(drawn, 1) * BURNED_BPS))
    slashed = np.where(fell, bond, 0)
    books.shaded += np.where(full & (shading > 0), drawn, 0)
    named = (shading > 0) & (books.shaded >= audits_to_name(int(shading.max(initial=0))))
    books.out = np.where(named, BANNED, np.maximum(books.out - 1, 0))
    books.shaded[named] = 0
    for kept in (books.receipts, books.false, books.fees):
        kept[full] = 0
    return Verdicts(slashed, full, fell, int(drawn[full].sum()), int(named.sum()))


@cache
def audits_to_name(shade_ppm: int) -> int:
    """How many audits the shipped test needs to name an operator that keeps `shade_ppm` of each pot, without noise."""
    from tallystick.pipeline.attribution.reference.bias import BiasWatch

    if shade_ppm <= 0:
        return 1
    watch, shell, victim = BiasWatch(), AssetId(b"\1" * 32), AssetId(b"\2" * 32)
    for number in range(1, 100_000):
        if watch.note({shell: shade_ppm, victim: -shade_ppm}):
            return number
    return 100_000


def verifiers_pay(pool: int, audits: int, is_lazy: Bools, draw: Any) -> Floats:
    """Profit by verifier, base units: pay from the audit pool, less the work.

    Each drawn receipt has two verifiers. The work costs two thirds of its pay, and nothing tells on a verifier who does
    not look: the court has no canaries, and two lazy ones agree.
    """
    count = len(is_lazy)
    given = draw.multinomial(2 * audits, np.full(count, 1 / count)) if audits else np.zeros(count, np.int64)
    each = pool / (2 * audits) if audits else 0.0
    work = each * 2 / 3
    found: Floats = given * np.where(is_lazy, each, each - work)
    return found


def conduct_of(role: Role, arm: Ints, field: str) -> Any:
    """One number of the arm that each attacker follows."""
    return np.array([getattr(a, field) for a in ARMS[role]])[arm]
