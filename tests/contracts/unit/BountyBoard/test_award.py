"""Work goes in before the deadline, money out once: to the tuner by the gate's verdict, else back to the poster."""

import pytest

from contracts.unit.BountyBoard.conftest import BUDGET, GAIN, at

OTHER = b"\x45" * 32


def test_submit_when_of_the_owner_is_told(system, bounty, tune, tomas):
    model = tune(tomas)

    told = system.bounties.submit(bounty, model, tomas.tx).events["BountySubmitted"]

    assert (told["bountyId"], bytes(told["modelId"]), told["tuner"]) == (bounty, model, tomas.address)
    assert system.bounties.tunerOf(bounty, model) == tomas.address


def test_submit_when_of_another_or_repeated_reverts(system, bounty, tune, tomas, carl, reverts):
    model = tune(tomas)
    with reverts("BountyBoardNotOwner"):
        system.bounties.submit(bounty, model, carl.tx)
    system.bounties.submit(bounty, model, tomas.tx)
    with reverts("BountyBoardSubmitted"):
        system.bounties.submit(bounty, model, tomas.tx)


def test_submit_when_for_another_evaluation_reverts(system, bounty, tune, tomas, reverts):
    system.models.commitEvaluation(OTHER, tomas.tx)
    own = bytes(system.models.evaluationIdOf(tomas.address, OTHER))
    model = tune(tomas, judged_by=own)

    with reverts("BountyBoardOtherEvaluation"):
        system.bounties.submit(bounty, model, tomas.tx)


@pytest.mark.parametrize(("late", "works"), [(0, True), (1, False)])
def test_submit_when_the_deadline_comes_counts_its_last_second(
    system, bounty, tune, tomas, reverts, late, works
):
    model = tune(tomas)
    at(system.bounties.bountyOf(bounty)["deadline"] + late)

    if works:
        assert "BountySubmitted" in system.bounties.submit(bounty, model, tomas.tx).events
    else:
        with reverts("BountyBoardWrongTime"):
            system.bounties.submit(bounty, model, tomas.tx)


def test_award_when_the_verdict_is_just_good_enough_pays_the_tuner(system, bounty, tune, judge, tomas, carl):
    model = tune(tomas)
    system.bounties.submit(bounty, model, tomas.tx)
    judge(model, GAIN)
    before = system.token.balanceOf(tomas.address)

    told = system.bounties.award(bounty, model, carl.tx).events["BountyAwarded"]

    assert (told["tuner"], told["budget"], bytes(told["modelId"])) == (tomas.address, BUDGET, model)
    assert system.token.balanceOf(tomas.address) == before + BUDGET
    assert system.token.balanceOf(system.bounties) == 0
    assert system.bounties.bountyOf(bounty)["status"] == 2


def test_award_when_the_adapter_was_sold_since_pays_who_handed_it_in(
    system, bounty, tune, judge, tomas, carl
):
    model = tune(tomas)
    system.bounties.submit(bounty, model, tomas.tx)
    system.models.transferAsset(model, carl.address, tomas.tx)
    judge(model)

    assert system.bounties.award(bounty, model, carl.tx).events["BountyAwarded"]["tuner"] == tomas.address


def test_award_when_the_verdict_falls_short_reverts(system, bounty, tune, judge, tomas, reverts):
    model = tune(tomas)
    system.bounties.submit(bounty, model, tomas.tx)
    with reverts("BountyBoardNotPassed"):
        system.bounties.award(bounty, model, tomas.tx)
    judge(model, GAIN - 1)

    assert not system.bounties.passes(bounty, model)
    with reverts("BountyBoardNotPassed"):
        system.bounties.award(bounty, model, tomas.tx)


def test_award_when_compared_with_another_model_reverts(system, bounty, tune, judge, tomas, petra, reverts):
    system.models.registerBase(b"\x08" * 32, b"\x02" * 32, petra.tx)
    model = tune(tomas)
    system.bounties.submit(bounty, model, tomas.tx)
    judge(model, incumbent=bytes(system.models.assetIdOf(petra.address, 2, b"\x08" * 32)))

    with reverts("BountyBoardNotPassed"):
        system.bounties.award(bounty, model, tomas.tx)


def test_award_when_never_handed_in_reverts(system, bounty, tune, judge, tomas, reverts):
    model = tune(tomas)
    judge(model)

    assert system.bounties.passes(bounty, model)
    with reverts("BountyBoardNotPassed"):
        system.bounties.award(bounty, model, tomas.tx)


@pytest.mark.parametrize(("late", "works"), [(0, True), (1, False)])
def test_award_when_judging_ends_counts_its_last_second(
    system, bounty, tune, judge, tomas, reverts, late, works
):
    model = tune(tomas)
    system.bounties.submit(bounty, model, tomas.tx)
    judge(model)
    at(system.bounties.bountyOf(bounty)["judgedUntil"] + late)

    if works:
        assert "BountyAwarded" in system.bounties.award(bounty, model, tomas.tx).events
    else:
        with reverts("BountyBoardWrongTime"):
            system.bounties.award(bounty, model, tomas.tx)


@pytest.mark.parametrize(("late", "works"), [(0, False), (1, True)])
def test_refund_when_judging_is_over_goes_to_the_poster(system, bounty, bob, carl, reverts, late, works):
    before = system.token.balanceOf(bob.address)
    at(system.bounties.bountyOf(bounty)["judgedUntil"] + late)

    if works:
        told = system.bounties.refund(bounty, carl.tx).events["BountyRefunded"]
        assert (told["poster"], told["budget"]) == (bob.address, BUDGET)
        assert system.token.balanceOf(bob.address) == before + BUDGET
        assert system.bounties.bountyOf(bounty)["status"] == 3
    else:
        with reverts("BountyBoardWrongTime"):
            system.bounties.refund(bounty, carl.tx)


def test_bounty_when_it_is_over_moves_no_more(system, bounty, tune, judge, tomas, reverts):
    model = tune(tomas)
    system.bounties.submit(bounty, model, tomas.tx)
    judge(model)
    system.bounties.award(bounty, model, tomas.tx)

    for call in (system.bounties.award, system.bounties.submit):
        with reverts("BountyBoardNotOpen"):
            call(bounty, model, tomas.tx)
    at(system.bounties.bountyOf(bounty)["judgedUntil"] + 1)
    with reverts("BountyBoardNotOpen"):
        system.bounties.refund(bounty, tomas.tx)


def test_bounty_when_unknown_moves_nothing(system, base, bob, reverts):
    with reverts("BountyBoardNotOpen"):
        system.bounties.refund(1, bob.tx)
