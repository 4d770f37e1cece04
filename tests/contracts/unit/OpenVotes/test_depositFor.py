"""OPEN becomes votes one for one and back; OPEN itself keeps no checkpoints."""

import pytest
from brownie import chain

AMOUNT = 5_000


@pytest.fixture
def wrapped(system, bob):
    system.token.approve(system.votes, AMOUNT, bob.tx)
    system.votes.depositFor(bob.address, AMOUNT, bob.tx)


def test_deposit_when_first_for_oneself_votes_at_once(system, bob, wrapped):
    assert system.votes.balanceOf(bob.address) == system.votes.getVotes(bob.address) == AMOUNT
    assert system.token.balanceOf(system.votes.address) == system.votes.totalSupply() == AMOUNT
    assert system.votes.decimals() == 6


def test_deposit_when_for_another_leaves_the_delegation_to_them(system, bob, vera):
    system.token.approve(system.votes, AMOUNT, bob.tx)

    system.votes.depositFor(vera.address, AMOUNT, bob.tx)

    assert system.votes.balanceOf(vera.address) == AMOUNT
    assert system.votes.getVotes(vera.address) == 0


def test_deposit_when_delegated_before_keeps_the_delegate(system, bob, vera):
    system.votes.delegate(vera.address, bob.tx)
    system.token.approve(system.votes, AMOUNT, bob.tx)

    system.votes.depositFor(bob.address, AMOUNT, bob.tx)

    assert system.votes.getVotes(vera.address) == AMOUNT
    assert system.votes.getVotes(bob.address) == 0


def test_withdraw_when_wrapped_gives_open_back_and_keeps_past_votes(system, bob, wrapped, let_pass):
    held, then = system.token.balanceOf(bob.address), chain[-1].timestamp
    let_pass(10)

    system.votes.withdrawTo(bob.address, AMOUNT, bob.tx)

    assert system.token.balanceOf(bob.address) == held + AMOUNT
    assert system.votes.getVotes(bob.address) == system.votes.totalSupply() == 0
    assert system.votes.getPastVotes(bob.address, then) == AMOUNT


def test_withdraw_when_more_than_wrapped_reverts(system, bob, wrapped, reverts):
    with reverts("ERC20InsufficientBalance"):
        system.votes.withdrawTo(bob.address, AMOUNT + 1, bob.tx)


def test_clock_when_asked_counts_seconds(system):
    assert system.votes.clock() == chain[-1].timestamp
    assert system.votes.CLOCK_MODE() == "mode=timestamp"
