"""The delay stays within its bounds, and only an operation of the timelock changes it."""

import pytest
from brownie import project

DAY = 86_400


@pytest.mark.parametrize("delay", [DAY - 1, 30 * DAY + 1])
def test_constructor_when_out_of_bounds_reverts(deployer, reverts, delay):
    with reverts("TallyTimelockDelayOutOfBounds"):
        project.get_loaded_projects()[0].TallyTimelock.deploy(delay, deployer, {"from": deployer})


@pytest.mark.parametrize("delay", [DAY, 30 * DAY])
def test_update_when_within_bounds_is_taken(system, acting_as, delay):
    system.timelock.updateDelay(delay, acting_as(system.timelock))

    assert system.timelock.getMinDelay() == delay


@pytest.mark.parametrize("delay", [0, DAY - 1, 30 * DAY + 1])
def test_update_when_out_of_bounds_reverts(system, acting_as, reverts, delay):
    with reverts("TallyTimelockDelayOutOfBounds"):
        system.timelock.updateDelay(delay, acting_as(system.timelock))


def test_update_when_not_the_timelock_reverts(system, deployer, reverts):
    with reverts("TimelockUnauthorizedCaller"):
        system.timelock.updateDelay(2 * DAY, {"from": deployer})
