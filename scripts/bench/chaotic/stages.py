"""What stands before a service is struck at one of its named points, what it is told to do, and who checks it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

WORKS: Final = "support.crashing.works"
SERVICES: Final = "support.crashing.services"
TOWERS: Final = "support.crashing.towers"
VICTIMS: Final = (WORKS, SERVICES, TOWERS)


@dataclass(frozen=True, slots=True)
class Stage:
    """Works by name, each of a chain's address and a folder; checks print what is wrong.

    `checked_between` holds after the strike already, before the service came through. A movable one may be taken over on
    a copy of its home, as after a restore on another machine; a watchtower's second bond would be a second commitment.
    """

    name: str
    made_by: tuple[str, ...]
    work: str
    checked_by: tuple[str, ...]
    checked_between: tuple[str, ...] = ()
    is_movable: bool = False


_SOLD: Final = f"{WORKS}:sell"
_KEPT: Final = Stage("backup", (f"{SERVICES}:fill",), f"{SERVICES}:keep", (f"{SERVICES}:check_kept",))
STAGES: Final[Mapping[str, Stage]] = {
    "settlement": Stage(
        "settlement", (_SOLD,), f"{WORKS}:settle", (f"{WORKS}:check_settled",), is_movable=True
    ),
    "till": Stage(
        "till",
        (_SOLD, f"{SERVICES}:prepare"),
        f"{SERVICES}:trade",
        (f"{SERVICES}:check_traded",),
        is_movable=True,
    ),
    "rotation": Stage(
        "rotation",
        (_SOLD, f"{SERVICES}:prepare"),
        f"{SERVICES}:turn",
        (f"{SERVICES}:check_turned",),
        (f"{SERVICES}:check_may_sign",),
    ),
    "backup": _KEPT,
    "restore": _KEPT,
    "watch": Stage("watch", (f"{TOWERS}:accuse",), f"{TOWERS}:watch", (f"{TOWERS}:check_watched",)),
}
"""By what the names of its points begin with; the other points are those of payments."""
LAST_PASS: Final[Mapping[str, int]] = {
    "outbox.signed": 2,
    "outbox.stored": 2,
    "outbox.before-send": 2,
    "outbox.sent": 2,
    "outbox.mined": 2,
    "outbox.noted": 2,
    "outbox.replacement-signed": 1,
    "outbox.replacement-stored": 1,
    "ledger.before-commit": 4,
    "ledger.committed": 4,
    "index.read": 3,
    "index.extended": 3,
    "index.before-rollback": 1,
    "index.rolled-back": 1,
    "settlement.batch-drafted": 1,
    "settlement.batch-posted": 1,
    "settlement.batch-noted": 1,
    "settlement.period-stored": 1,
    "settlement.period-proposed": 1,
    "settlement.before-step": 4,
    "settlement.step-taken": 3,
    "till.noted": 2,
    "till.credited": 2,
    "till.returning": 1,
    "till.given-back": 1,
    "till.redeemed": 1,
    "rotation.authorised": 1,
    "rotation.switched": 1,
    "rotation.revoked": 1,
    "backup.copied": 1,
    "backup.filled": 1,
    "backup.moved": 1,
    "restore.copied": 4,
    "restore.noted": 1,
    "watch.before-note": 4,
    "watch.noted": 4,
    "watch.committed": 1,
    "watch.convicted": 1,
    "watch.claimed": 1,
    "watch.paid": 1,
}
"""How often the node comes by each point for sure: a seed takes one of these times."""
