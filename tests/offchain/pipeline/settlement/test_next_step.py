from dataclasses import replace

import pytest

from tallystick.domain.challenge import LeafDemand, Subject
from tallystick.domain.ids import Address
from tallystick.pipeline.settlement.next_step import (
    Action,
    FinalBatch,
    Step,
    SubmittedBatch,
    View,
    next_step,
)

NOW = 1_000
QUIET = View(NOW, maturity=500)
OPEN = (SubmittedBatch(1, 1_000), SubmittedBatch(2, 1_001))
BUSY = replace(
    QUIET,
    standing=OPEN,
    orphans=(8,),
    voided=(SubmittedBatch(9, 900),),
    final=(FinalBatch(3, 400, is_covered=False, is_matured=False),),
    claimable=5,
    redeemable=6,
    waiting=7,
)


def test_step_when_nothing_is_pending_is_rest() -> None:
    assert next_step(QUIET) == Step(Action.REST)


def test_steps_when_taken_one_by_one_go_by_urgency() -> None:
    view, taken = BUSY, []
    changes = [
        {"orphans": ()},
        {"standing": ()},
        {"voided": ()},
        {"final": (FinalBatch(3, 400, is_covered=True, is_matured=True),)},
        {"claimable": 0},
        {"redeemable": 0},
        {"waiting": 0},
    ]
    for change in changes:
        taken.append(next_step(view).action)
        view = replace(view, **change)  # type: ignore[arg-type]

    assert taken == [
        Action.VOID,
        Action.FINALISE,
        Action.RELEASE,
        Action.PROPOSE,
        Action.CLAIM,
        Action.REDEEM,
        Action.SUBMIT,
    ]
    assert next_step(view).action is Action.REST


@pytest.mark.parametrize(
    ("now", "step"),
    [
        (999, Step(Action.WAIT, until=1_000)),
        (1_000, Step(Action.FINALISE, 1)),
        (5_000, Step(Action.FINALISE, 1)),
    ],
)
def test_step_when_a_batch_is_open_waits_for_its_window(now: int, step: Step) -> None:
    assert next_step(replace(QUIET, standing=OPEN, now=now)) == step


def test_step_when_the_first_batch_is_open_never_finalises_a_later_one() -> None:
    late_first = (SubmittedBatch(1, 1_050), SubmittedBatch(2, 200))

    assert next_step(replace(QUIET, standing=late_first)) == Step(Action.WAIT, until=1_050)


def test_step_when_batches_are_final_proposes_both_tranches() -> None:
    final = (
        FinalBatch(1, 500, is_covered=True, is_matured=False),
        FinalBatch(2, 501, is_covered=True, is_matured=False),
        FinalBatch(3, 990, is_covered=False, is_matured=False),
    )

    assert next_step(replace(QUIET, final=final)) == Step(Action.PROPOSE, finalised=(3,), matured=(1,))


def test_step_when_a_batch_is_held_back_waits_for_its_maturity() -> None:
    held = (FinalBatch(2, 501, is_covered=True, is_matured=False),)

    assert next_step(replace(QUIET, final=held)) == Step(Action.WAIT, until=1_001)


@pytest.mark.parametrize(
    ("ends", "step"), [(NOW, Step(Action.ACTIVATE)), (NOW + 1, Step(Action.WAIT, until=NOW + 1))]
)
def test_step_when_a_proposal_is_pending_makes_no_other(ends: int, step: Step) -> None:
    final = (FinalBatch(3, 990, is_covered=False, is_matured=False),)

    assert next_step(replace(QUIET, final=final, proposal_ends_at=ends)) == step


def test_step_when_a_proposal_is_pending_still_settles() -> None:
    assert next_step(replace(QUIET, proposal_ends_at=NOW + 1, waiting=1)) == Step(Action.SUBMIT)


def test_step_when_leaves_are_demanded_answers_the_most_urgent_first_and_none_too_late() -> None:
    late, soon, later = (
        LeafDemand(Subject.BATCH, 1, 0, n, until, Address("0x" + "11" * 20))
        for n, until in enumerate((NOW, NOW + 1, NOW + 2))
    )

    step = next_step(replace(BUSY, demands=(later, late, soon)))

    assert step == Step(Action.ANSWER, demands=(soon, later))
    assert next_step(replace(QUIET, demands=(late,))) == Step(Action.REST)


def test_step_when_a_replacement_was_posted_finalises_it_after_its_window() -> None:
    posted = (SubmittedBatch(7, NOW + 1), SubmittedBatch(8, NOW))

    assert next_step(replace(QUIET, posted=posted)) == Step(Action.FINALISE, 8)
    assert next_step(replace(QUIET, posted=posted[:1])) == Step(Action.WAIT, until=NOW + 1)
