"""R5: how long an operator is at large who redirects few receipts of large batches. Times are seconds, no money."""

from collections.abc import Sequence
from math import ceil, log

from tallystick.app.redteam.attacks.attack import Attack, Ground, Parameters, Profit, Range
from tallystick.app.redteam.attacks.audits.courtroom import Courtroom
from tallystick.app.redteam.attacks.audits.seats import named
from tallystick.app.redteam.attacks.bonds import Operator
from tallystick.app.redteam.attacks.stage import DAY
from tallystick.pipeline.auditing.court import QUORUM, Outcome, Said, packed

STAKE, TOTAL, SEATS = 5 * 10**11, 10**9, 12
# A batch a day, which is the window of the first parameters too. An assumption.
PERIOD = WINDOW = DAY
# Of a hundred thieves, all but so many are found by then.
LATE = 0.05


class Trial:
    """One batch, false in what is drawn, audited to its verdict; the first pairs may keep silent, a panel does not."""

    def __init__(self, ground: Ground, receipts: int, silent: int) -> None:
        operator = Operator(ground, STAKE)
        room = Courtroom(operator.stage, named(SEATS))
        batch, self._silent, self.drawn = operator.claim(TOTAL, receipts), silent, 0
        self._batch = int(batch[0])
        started = ground.now()
        self.outcome = room.audit(batch, lambda name, found: self._says(room, found))
        self.took = ground.now() - started

    def _says(self, room: Courtroom, found: Sequence[int]) -> int | None:
        self.drawn = len(found)
        is_pair = len(room.drawn(self._batch)) == QUORUM
        is_silent = is_pair and room.attempts <= self._silent
        return None if is_silent else packed([Said.DIFFERENT] * len(found))


def batches_until(hit: float, late: float = LATE) -> int:
    """After so many batches, each of which is seen through with `hit`, fewer than `late` of all thieves are at large."""
    if hit >= 1 - late:
        return 1
    return ceil(log(late) / log(1 - hit))


def play(ground: Ground, parameters: Parameters, seed: int) -> Profit:
    """Until 95 of 100 such thieves have their verdict, by the court's own number of samples and its own time."""
    count = parameters["receipts"]
    false = min(count, parameters["false"])
    trial = Trial(ground, count, parameters["silent"])
    hit = 1.0 if trial.drawn >= count else 1 - (1 - false / count) ** trial.drawn
    found = batches_until(hit)
    after = (found - 1) * PERIOD + trial.took
    never = 0 if trial.outcome is Outcome.GUILTY else 1
    return Profit(after, WINDOW, 0, never, found)


DETECTION = Attack(
    "detection",
    "R5: a few receipts of each day's batch are false, and the first verifiers drawn keep silent; seconds, not money",
    "95 of 100 have their verdict within a window of a day, however few receipts are false",
    {
        "receipts": Range(2, 2**20, is_wide=True),
        "false": Range(1, 2**12, is_wide=True),
        "silent": Range(0, 3),
    },
    play,
)
