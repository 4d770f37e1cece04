"""The distance of two ways to pay the same answer."""

import pytest

from tallystick.pipeline.evaluation.studies.payouts import Paid, half_l1, shift_of

ALL: Paid = {("retrieval", 0): 600_000, ("retrieval", 1): 400_000, ("adapter", 0): 1_000_000}


@pytest.mark.parametrize(
    ("other", "apart"),
    [
        (ALL, 0.0),
        ({}, 1.0),
        ({("retrieval", 2): 1_000_000, ("adapter", 0): 1_000_000}, 2000 / 4200),
        ({**ALL, ("retrieval", 0): 500_000}, 2000 / 4200 * 0.1),
        ({**ALL, ("retrieval", 0): 500_000, ("retrieval", 1): 500_000}, 2000 / 4200 * 0.1),
        ({**ALL, ("adapter", 0): 0}, 2200 / 4200),
    ],
)
def test_distance_when_measured_counts_moved_money_once(other: Paid, apart: float) -> None:
    assert half_l1(ALL, other) == pytest.approx(apart) == half_l1(other, ALL)


def test_shift_when_told_is_over_all_answers() -> None:
    nothing: Paid = {("adapter", 0): 0}

    made = shift_of("nf4", "clean", [ALL, nothing], [{}, nothing])

    assert (made.answers, made.paid, made.mean, made.largest) == (2, 0, 0.5, 1.0)
