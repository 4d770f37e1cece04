"""Votes change parameters within their bounds after the timelock; nobody else does, and no vote leaves the bounds."""

import pytest

DAY = 86_400


def next_set(parameters, **changes):
    names = "version challengeWindow rewardWindow responseWindow burnedBps reporterBps coverPercent"
    names = [*names.split(), "proposalBond", "depositCap"]
    return tuple((dict(zip(names, parameters.first_set(), strict=True)) | {"version": 2} | changes).values())


def test_votes_when_they_pass_change_the_parameters_after_the_delay(
    governed, motion, parameters, let_pass, reverts
):
    wanted = next_set(parameters, burnedBps=6_000, depositCap=5)
    change = motion(governed.parameters, "set", wanted)

    change.propose()
    change.vote()
    change.queue()
    with reverts("TimelockUnexpectedOperationState"):
        change.execute()
    let_pass(parameters.timelock_delay)
    change.execute()

    assert tuple(governed.parameters.current()) == wanted
    assert tuple(governed.parameters.atVersion(1)) == parameters.first_set()


def test_votes_when_out_of_bounds_cannot_be_executed(governed, motion, parameters, let_pass, reverts):
    change = motion(governed.parameters, "set", next_set(parameters, burnedBps=4_999))

    change.propose()
    change.vote()
    change.queue()
    let_pass(parameters.timelock_delay)

    with reverts("ParametersOutOfBounds"):
        change.execute()
    assert tuple(governed.parameters.current()) == parameters.first_set()


def test_votes_when_they_would_make_votes_a_formality_cannot_be_executed(
    governed, motion, parameters, let_pass, reverts
):
    change = motion(governed.governor, "setVotingPeriod", 60)

    change.propose()
    change.vote()
    change.queue()
    let_pass(parameters.timelock_delay)

    with reverts("TallyGovernorOutOfBounds"):
        change.execute()


def test_votes_when_below_the_quorum_do_not_pass(governed, motion, parameters, let_pass, vera, reverts):
    change = motion(governed.parameters, "set", next_set(parameters))
    governed.votes.withdrawTo(vera.address, 2 * 10**13 + 1, vera.tx)
    let_pass(10)

    change.propose()
    change.vote()

    with reverts("GovernorUnexpectedProposalState"):
        change.queue()


def test_two_changes_when_made_upon_one_version_act_once(governed, motion, parameters, let_pass, reverts):
    first = motion(governed.parameters, "set", next_set(parameters, burnedBps=6_000))
    second = motion(governed.parameters, "set", next_set(parameters, coverPercent=200))
    first.governor.propose(*first.calls, first.description, first.voter)
    second.propose()
    first.governor.castVote(first.id, 1, first.voter)
    second.vote()
    for change in (first, second):
        change.queue()
    let_pass(parameters.timelock_delay)

    first.execute()
    with reverts("ParametersNotNext"):
        second.execute()

    assert governed.parameters.current()[4] == 6_000


def test_votes_when_the_guardian_paused_end_the_pause_and_replace_the_guardian(
    governed, motion, deployer, parameters, let_pass, mallory, reverts
):
    guardian = {"from": deployer}
    governed.escrow.setDepositsPaused(True, guardian)
    unpause = motion(governed.escrow, "setDepositsPaused", False)
    dismiss = motion(governed.authority, "revokeRole", 1, deployer.address)
    for change in (dismiss, unpause):
        change.propose()
        change.vote()
        change.queue()
        let_pass(parameters.timelock_delay)
        change.execute()

    assert not governed.escrow.depositsPaused()
    with reverts("AccessManagedUnauthorized"):
        governed.escrow.setDepositsPaused(True, guardian)


@pytest.mark.parametrize("who", ["deployer", "mallory"])
def test_parameters_when_handed_over_obey_no_person(governed, deployer, mallory, parameters, reverts, who):
    caller = {"from": {"deployer": deployer, "mallory": mallory.account}[who]}

    with reverts("AccessManagedUnauthorized"):
        governed.parameters.set(next_set(parameters), caller)
    with reverts("AccessManagerUnauthorizedAccount"):
        governed.authority.grantRole(0, caller["from"], 0, caller)
    with reverts("AccessControlUnauthorizedAccount"):
        governed.timelock.grantRole(bytes(32), caller["from"], caller)
