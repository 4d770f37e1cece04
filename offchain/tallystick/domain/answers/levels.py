"""How deep an audit of an answer reached, what each level proves, and what was found. Specification section 5."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tallystick.domain.ids import AssetId, Hash, Pot


class Level(StrEnum):
    """Each stands on the ones before it."""

    L0 = "L0"
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    L4 = "L4"


PROVES = {
    Level.L0: "sums, signatures, terms and lines hold, and the opening is the receipt's",
    Level.L1: "the passages and the records that were named stand in committed data sets; spans are verbatim",
    Level.L2: "the named model gave these tokens their probability; retrieval was paid for what it added",
    Level.L3: "the training pot was paid by the committed records' features and the ladder",
    Level.L4: "small adapters that the auditor retrained with and without each paid data set confirm its share",
}
BY_TRANSACTION = "one transaction convicts a batch of it"
BY_AUDIT_GAME = "no transaction shows it: the audit game alone can slash for it"

BY_ELIGIBILITY = "too little moved to slash for: it touches the operator's eligibility"
BY_MORE_AUDITS = "retraining is noisy and convicts nobody: audit more answers of the operator by it"


@dataclass(frozen=True, slots=True)
class Sample:
    """Which answers of a batch to audit deeper: `count` of those with an opening, drawn by `seed`."""

    level: Level
    openings: tuple[Path, ...] = ()
    count: int = 3
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """What is false, as said and as found. `remedy` says who can act on it."""

    what: str
    said: str
    found: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Measured:
    """One pot of an answer: paid less reference, ppm of the pot, of every asset that either names."""

    pot: Pot
    differences: tuple[tuple[AssetId, int], ...]


@dataclass(frozen=True, slots=True)
class LevelCheck:
    """One level of one answer. `largest` is the largest difference, in `unit`; exact levels have none.

    `why` says why a level was not reached or what its comparisons could not cover; empty where nothing is missing.
    `measured` are the shares that a level compared, also those within the tolerance; `cost` tells what was made for it,
    where that is more than scoring.
    """

    level: Level
    proves: str
    is_reached: bool
    compared: int
    largest: float
    unit: str
    faults: tuple[Fault, ...]
    why: str
    seconds: float
    measured: tuple[Measured, ...] = ()
    cost: str = ""

    @property
    def holds(self) -> bool:
        return self.is_reached and not self.faults


@dataclass(frozen=True, slots=True)
class AnswerAudit:
    """One answer: the deepest level that was reached, and every level asked for. `batch_id` is None while unsettled.

    `holds`: nothing false was found as far as it reached. `remedy` says what can be done about what was.
    """

    receipt: Hash
    batch_id: int | None
    asked: Level
    reached: Level | None
    holds: bool
    levels: tuple[LevelCheck, ...]
    remedy: str


def not_reached(level: Level, why: str) -> LevelCheck:
    return LevelCheck(level, PROVES[level], False, 0, 0.0, "", (), why, 0.0)
