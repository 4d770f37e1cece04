"""Whether an operator keeps a little of every receipt: what its audits measured, kept and bet against together.

Only receipts that a sample drew count. Whoever chose receipts by what is in them could make an honest operator look
biased.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tallystick.domain.answers.levels import AnswerAudit
from tallystick.domain.ids import Address, AssetId, Hash, Pot
from tallystick.errors import Conflict
from tallystick.ports import AuditedShareRecords, AuditedShares

POTS = (Pot.RETRIEVAL, Pot.LINEAGE, Pot.TRAINING)
FALSE_ALARM = "at most 1 in 10,000 over the operator's whole life"


@dataclass(frozen=True, slots=True)
class Sign:
    """A direction that no honest operator keeps; `beneficiary` is None where it concerns all shares of the pot.

    `audits` is how many receipts it took, `mean_ppm` their signed difference in ppm of the pot.
    """

    pot: Pot
    direction: str
    beneficiary: AssetId | None
    audits: int
    mean_ppm: int


@dataclass(frozen=True, slots=True)
class Shading:
    """An operator's audits together. `false_alarm` bounds the probability that an honest one is ever named.

    `why` says why the new ones were not kept; empty where they were.
    """

    operator: Address
    receipts: int
    false_alarm: str
    signs: tuple[Sign, ...]
    why: str = ""


def audited_shares(operator: Address, answers: Iterable[AnswerAudit]) -> list[AuditedShares]:
    """What levels L2 and L3 measured of a sample's answers."""
    return [
        AuditedShares(operator, Hash(answer.receipt), each.pot, dict(each.differences))
        for answer in answers
        for level in answer.levels
        for each in level.measured
    ]


def watched(
    operator: Address,
    new: Sequence[AuditedShares],
    known: AuditedShareRecords,
    keep: Callable[[], AuditedShareRecords],
) -> Shading:
    """Keep what is new, and judge it with all that was kept before; `keep` opens the books to write.

    Where another process writes the books, the new ones are judged and not kept.
    """
    why = ""
    try:
        keep().note(new)
    except Conflict as error:
        why = f"Not kept: {error.message} {error.hint}" if new else ""
    told = {(each.receipt, each.pot): each for each in known.of(operator)}
    for each in new:
        told.setdefault((each.receipt, each.pot), each)
    receipts = len({receipt for receipt, _ in told})
    return Shading(operator, receipts, FALSE_ALARM, tuple(signs(list(told.values()))), why)


def signs(audited: Sequence[AuditedShares]) -> list[Sign]:
    """Every bias that became certain, pot by pot; the level is shared out over the pots."""
    from tallystick.pipeline.attribution.reference.bias import LEVEL, shading

    return [
        Sign(pot, bias.direction.value, bias.beneficiary, bias.audits, round(bias.mean))
        for pot in POTS
        for bias in shading([e.differences for e in audited if e.pot is pot], LEVEL / len(POTS))
    ]
