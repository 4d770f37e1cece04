"""A quorum is a part of what is wrapped, but never less than the floor, however little is wrapped."""

import pytest
from brownie import chain


@pytest.fixture
def wrap(system, deployer, let_pass):
    def do(amount):
        system.token.approve(system.votes, amount, {"from": deployer})
        system.votes.depositFor(deployer, amount, {"from": deployer})
        let_pass(10)
        return chain[-1].timestamp - 1

    return do


def test_quorum_when_little_is_wrapped_is_the_floor(system, wrap, parameters):
    assert system.governor.quorum(wrap(1)) == parameters.least_quorum == system.governor.leastQuorum()


def test_quorum_when_much_is_wrapped_is_the_part(system, wrap):
    assert system.governor.quorum(wrap(5 * 10**14)) == 2 * 10**13
