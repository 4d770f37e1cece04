"""What attackers may do: the arms of each role. Who adapts picks among them by what they earned.

`caught` is how often the shipped clusters find such a copy, the lowest figure that docs/attribution/clones.md has for
its kind; where it has none the number is an assumption in the attacker's favour, and says so.
"""

from dataclasses import dataclass
from typing import Final

from tallystick.app.redteam.population.setting import MONTH, Role
from tallystick.pipeline.inference.retrieval.places import BEGIN, MOST

SLOTS: Final = 8


@dataclass(frozen=True, slots=True)
class Arm:
    """One conduct.

    Documents and lessons: `copies` of the best-paid at `value` of its worth, found with probability `caught`; `boost` is
    what stuffing adds to a passage's score (standard deviations); without `copies` only one's own record is there. `like`
    is how often the original is found among the earlier passages like a copy; `credit` is bought for each by questions
    of one's own, every `days` they are registered afresh; `is_early` has them stand before all others in commit order,
    `is_draining` has their originals' credit used up by questions of one's own.
    Operators: `false_rate` of receipts are redirected wholly, `shade_ppm` of every pot is kept aside, `wash` buys that
    part of an operator's honest volume from itself. Agents: `wash`. Verifiers: `is_lazy` answers without work.
    """

    name: str
    copies: int = 0
    value: float = 0.0
    caught: float = 0.0
    boost: float = 0.0
    like: float = 1.0
    credit: int = BEGIN
    days: int = MONTH
    is_early: bool = False
    is_draining: bool = False
    false_rate: float = 0.0
    shade_ppm: int = 0
    wash: float = 0.0
    is_lazy: bool = False


BEHAVE: Final = Arm("behave")
ARMS: Final[dict[Role, tuple[Arm, ...]]] = {
    Role.DOCUMENTS: (
        BEHAVE,
        Arm("exact copies", SLOTS, value=1.0, caught=1.0),
        Arm("edited copies (like: assumed)", SLOTS, value=0.95, caught=0.53, like=0.7),
        Arm("copies reworded by a model (like: assumed)", SLOTS, value=1.0, caught=0.9, like=0.7),
        Arm("one bettered copy (assumed)", 1, value=1.1, caught=0.3, like=0.7),
        Arm("stuffed passages", SLOTS, value=0.0, boost=3.0),
        Arm("flood", SLOTS, value=0.1),
        Arm("copies that nothing finds (assumed)", SLOTS, value=1.0, like=0.0),
        Arm("such a copy, proven, its original drained", 1, 1.0, like=0.0, credit=MOST, is_draining=True),
        Arm("speculative, first of all (assumed)", SLOTS, value=0.3, is_early=True),
        Arm("stuffed passages, afresh each week", SLOTS, boost=3.0, days=7),
        Arm("stuffed passages, proven by own questions", SLOTS, boost=3.0, credit=MOST),
    ),
    Role.LESSONS: (
        BEHAVE,
        Arm("exact copies", SLOTS, value=1.0, caught=1.0),
        Arm("edited copies", SLOTS, value=0.95, caught=0.53),
        Arm("copies reworded by a model", SLOTS, value=1.0, caught=0.9),
        Arm("inflated lessons", 1, value=1.04, caught=0.0),
        Arm("flood", SLOTS, value=0.1),
    ),
    Role.TUNERS: (BEHAVE,),
    Role.AGENTS: (BEHAVE, Arm("loop", wash=0.5), Arm("small loop", wash=0.05)),
    Role.OPERATORS: (
        BEHAVE,
        Arm("one false in 2,000", false_rate=0.0005),
        Arm("2 % false", false_rate=0.02),
        Arm("20 % false", false_rate=0.2),
        Arm("all false", false_rate=1.0),
        Arm("shade inside the tolerance", shade_ppm=19_000),
        Arm("wash", wash=0.5),
        Arm("small wash", wash=0.05),
    ),
    Role.VERIFIERS: (BEHAVE, Arm("lazy", is_lazy=True)),
}
