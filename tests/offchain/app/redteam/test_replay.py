"""A population's answers pay on the shipped contracts what the simulation booked, to the unit."""

from dataclasses import replace

import pytest

from tallystick.app.redteam.population.setting import Setting
from tallystick.app.redteam.replay.play import Answer, Line, play
from tallystick.app.redteam.replay.play import replay as replayed
from tallystick.bootstrap import battleground
from tallystick.domain.ids import Pot
from tallystick.errors import IntegrityViolation

pytestmark = pytest.mark.slow
OPERATOR, TUNER, AGENT, ALICE, BOB = range(5)
# 235 tokens in at 20,000 and 64 out at 80,000 the thousand.
ANSWER = Answer(
    OPERATOR,
    TUNER,
    AGENT,
    (235, 64),
    9_820,
    (
        Line(OPERATOR, Pot.OPERATOR, 1_000_000, 4_419),
        Line(ALICE, Pot.RETRIEVAL, 300_000, 589),
        Line(ALICE, Pot.RETRIEVAL, 200_001, 392),
        Line(TUNER, Pot.LINEAGE, 600_000, 706),
        Line(BOB, Pot.TRAINING, 1_000_000, 982),
    ),
)


def test_answers_when_played_pay_what_was_booked() -> None:
    without = replace(ANSWER, agent=-1)
    taken = replace(ANSWER, lines=tuple(replace(line, owner=OPERATOR) for line in ANSWER.lines))

    done = play(battleground(), [ANSWER, without, taken])

    assert (done["answers"], done["lines"], done["accounts"], done["fees"]) == (3, 15, 5, 3 * 9_820)
    assert done["paid"] == 3 * (4_419 + 589 + 392 + 706 + 982) + 2 * 294
    assert 0 < done["burned"] < done["fees"] - done["paid"]


@pytest.mark.parametrize("place", range(5))
def test_answers_when_one_unit_differs_are_refused(place: int) -> None:
    lines = list(ANSWER.lines)
    lines[place] = replace(lines[place], amount=lines[place].amount + 1)

    with pytest.raises(IntegrityViolation, match="A line of the"):
        play(battleground(), [replace(ANSWER, lines=tuple(lines))])


def test_answers_when_the_fee_differs_are_refused() -> None:
    with pytest.raises(IntegrityViolation, match="A fee is 9820"):
        play(battleground(), [replace(ANSWER, fee=9_821)])


def test_population_when_sampled_is_paid_the_same_on_the_contracts() -> None:
    done = replayed(Setting(2_500, epochs=12, attackers=0.5, seed=2), battleground(), 4, 2)

    assert done.answers == 4 and done.batches == 2 and done.paid > 0 and done.burned > 0
