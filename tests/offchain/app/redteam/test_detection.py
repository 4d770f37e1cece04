"""How long a thief is at large: the court's own times, and the day by which 95 of 100 are found."""

import random
from collections.abc import Iterator

import pytest

from tallystick.app.redteam.attacks.attack import Ground
from tallystick.app.redteam.attacks.audits.detection import DETECTION, WINDOW, Trial, batches_until
from tallystick.bootstrap import battleground
from tallystick.pipeline.auditing.court import Outcome


@pytest.fixture(scope="module")
def shared() -> Ground:
    return battleground()


@pytest.fixture
def ground(shared: Ground) -> Iterator[Ground]:
    with shared.undone():
        yield shared


@pytest.mark.parametrize("hit", [0.999, 0.5, 0.1, 0.01])
def test_batches_until_when_thieves_are_drawn_leaves_one_in_twenty_at_large(hit: float) -> None:
    draw, within, count = random.Random(3), batches_until(hit), 4_000

    found = sum(any(draw.random() < hit for _ in range(within)) for _ in range(count))
    sooner = 1 - (1 - hit) ** (within - 1)

    assert found / count > 0.95 - 0.015 and (within == 1 or sooner < 0.95)


def test_trial_when_pairs_keep_silent_takes_longer_and_convicts(ground: Ground) -> None:
    took = []
    for silent in range(4):  # after three pairs a panel is drawn
        with ground.undone():
            trial = Trial(ground, 600, silent)
            assert trial.outcome is Outcome.GUILTY and trial.drawn == 128
            took.append(trial.took)

    assert took[0] < took[1] < took[2] < WINDOW < took[3]


def test_detection_when_many_receipts_are_false_is_within_the_window_and_when_few_are_is_not(
    ground: Ground,
) -> None:
    with ground.undone():
        many = DETECTION.play(ground, {"receipts": 10_000, "false": 500, "silent": 0}, 1)
    with ground.undone():
        few = DETECTION.play(ground, {"receipts": 10_000, "false": 10, "silent": 0}, 1)

    assert many.excess <= 0 == many.honest_lost and many.tries == 1
    assert few.excess > 0 and few.tries == batches_until(1 - (1 - 0.001) ** 128)
