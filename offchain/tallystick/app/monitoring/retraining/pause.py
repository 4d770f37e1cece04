"""What an open alarm forbids: promoting anything that does not answer it."""

from collections.abc import Iterable

from tallystick.errors import Conflict
from tallystick.ports import Ledger


def check_promotion(ledger: Ledger, *, answers: Iterable[int] = ()) -> None:
    """Conflict while an alarm is open that is not among `answers`."""
    answered = frozenset(answers)
    left = [a for a in ledger.alarms.list(open_only=True) if a.number not in answered]
    if left:
        named = ", ".join(f"{a.number} ({a.found.monitor} of {a.release})" for a in left)
        raise Conflict(
            f"Promotion is paused: alarm {named} is open.",
            "Look at it with `tallystick monitor show`, then `tallystick monitor acknowledge` it.",
        )
