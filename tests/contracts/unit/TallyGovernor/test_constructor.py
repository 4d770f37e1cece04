"""The governor's own settings are bounded, whoever sets them."""

import pytest
from brownie import project

DAY, HOUR = 86_400, 3_600
GOOD = {"delay": DAY, "period": 5 * DAY, "threshold": 10**12, "quorum": 4, "least": 10**13}


@pytest.fixture
def new_governor(system, deployer):
    def make(**changes):
        arguments = (GOOD | changes).values()
        container = project.get_loaded_projects()[0].TallyGovernor
        return container.deploy(system.votes, system.timelock, *arguments, {"from": deployer})

    return make


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("delay", HOUR),
        ("delay", 14 * DAY),
        ("period", DAY),
        ("period", 30 * DAY),
        ("threshold", 1),
        ("threshold", 10**13),
        ("quorum", 2),
        ("quorum", 40),
    ],
)
def test_constructor_when_at_the_edge_is_taken(new_governor, name, value):
    made = new_governor(**{name: value})

    set_to = {
        "delay": made.votingDelay(),
        "period": made.votingPeriod(),
        "threshold": made.proposalThreshold(),
        "quorum": made.quorumNumerator(),
    }
    assert set_to[name] == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("delay", HOUR - 1),
        ("delay", 14 * DAY + 1),
        ("period", DAY - 1),
        ("period", 30 * DAY + 1),
        ("threshold", 0),
        ("threshold", 10**13 + 1),
        ("quorum", 1),
        ("quorum", 41),
    ],
)
def test_constructor_when_beyond_the_edge_reverts(new_governor, reverts, name, value):
    with reverts("TallyGovernorOutOfBounds"):
        new_governor(**{name: value})
