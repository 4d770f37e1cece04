"""The first version and the longest window are bounded too, and a feed must answer."""

import pytest
from brownie import accounts

DAY = 86_400


def test_constructor_when_within_bounds_puts_version_one_in_force(bounded, set_of, authority):
    assert tuple(bounded.current()) == tuple(bounded.atVersion(1)) == set_of()
    assert bounded.longestWindow() == 2 * DAY
    assert bounded.authority() == authority


@pytest.mark.parametrize("longest", [3_599, 7 * DAY + 1])
def test_constructor_when_the_longest_window_is_out_of_bounds_reverts(new_parameters, reverts, longest):
    with reverts("ParametersOutOfBounds"):
        new_parameters(longest=longest, challengeWindow=3_600, rewardWindow=3_600)


def test_constructor_when_the_first_set_is_out_of_bounds_reverts(new_parameters, reverts):
    with reverts("ParametersOutOfBounds"):
        new_parameters(burnedBps=4_999)


def test_constructor_when_the_first_version_is_not_one_reverts(new_parameters, reverts):
    with reverts("ParametersNotNext"):
        new_parameters(version=2)


def test_constructor_when_the_feed_has_no_code_reverts(new_parameters, reverts):
    with reverts("WindowClockBadFeed"):
        new_parameters(feed=accounts[9])


def test_constructor_when_the_feed_reverts_reverts(new_parameters, feed, deployer, reverts):
    feed.setMode(1, {"from": deployer})

    with reverts("WindowClockBadFeed"):
        new_parameters(feed=feed)
