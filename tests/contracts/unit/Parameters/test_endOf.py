"""Windows extend over downtime, exactly and boundedly, and no feed freezes them for ever."""

import pytest
from brownie import chain

DAY, HOUR = 86_400, 3_600
MOST = 14 * DAY
REVERTING, SHORT, ENDLESS = 1, 2, 3
UP, DOWN = 0, 1


@pytest.fixture
def now():
    """The present minute, with a month behind it to place outages in."""
    chain.sleep(30 * DAY)
    chain.mine()
    return chain[-1].timestamp


@pytest.fixture
def clock(new_parameters, feed):
    return new_parameters(feed=feed)


@pytest.fixture
def tell(feed, deployer):
    """`tell((DOWN, when), (UP, when))` begins these rounds."""

    def begin(*rounds):
        for answer, started_at in rounds:
            feed.tell(answer, started_at, {"from": deployer})

    return begin


def test_end_when_there_is_no_feed_is_the_length_later(bounded, now):
    assert bounded.endOf(now, DAY) == now + DAY


def test_end_when_up_all_along_is_the_length_later(clock, now):
    assert clock.endOf(now - HOUR, DAY) == now - HOUR + DAY


def test_end_when_down_now_is_the_latest_moment_possible(clock, now, tell):
    tell((DOWN, now - HOUR))

    assert clock.endOf(now - 2 * HOUR, DAY) == now - 2 * HOUR + DAY + MOST
    assert clock.endOf(now, DAY) == now + DAY + MOST


def test_end_when_ended_before_it_went_down_stays_ended(clock, now, tell):
    tell((DOWN, now - HOUR))

    assert clock.endOf(now - HOUR - DAY, DAY) == now - HOUR
    assert clock.endOf(now - HOUR - DAY + 1, DAY) == now - HOUR + 1 + MOST


def test_end_when_it_came_back_is_a_whole_length_after_that(clock, now, tell):
    tell((DOWN, now - 2 * DAY), (UP, now - HOUR))

    assert clock.endOf(now - 2 * DAY - HOUR, DAY) == now - HOUR + DAY
    # It opened in the outage, by forced inclusion.
    assert clock.endOf(now - DAY, DAY) == now - HOUR + DAY
    assert clock.endOf(now - 2 * DAY - DAY, DAY) == now - 2 * DAY
    assert clock.endOf(now - HOUR, DAY) == now - HOUR + DAY
    assert clock.endOf(now, DAY) == now + DAY


def test_end_when_down_twice_restarts_at_the_later_return(clock, now, tell):
    opened = now - 3 * DAY
    tell((DOWN, opened + HOUR), (UP, opened + 5 * HOUR), (DOWN, opened + 28 * HOUR), (UP, opened + 30 * HOUR))

    # Its plain end, 24 h, lies before the second outage; that of the restart, 29 h, does not.
    assert clock.endOf(opened, DAY) == opened + 30 * HOUR + DAY
    assert clock.endOf(opened, 22 * HOUR) == opened + 27 * HOUR


def test_end_when_down_for_longer_than_the_bound_is_the_bound(clock, now, tell):
    tell((DOWN, now - 20 * DAY), (UP, now))

    assert clock.endOf(now - 20 * DAY, DAY) == now - 20 * DAY + DAY + MOST


def test_end_when_it_seems_to_come_back_again_and_again_is_bounded(clock, now, tell):
    opened = now - 20 * DAY
    for day in range(1, 20):
        tell((DOWN, opened + day * DAY - 60), (UP, opened + day * DAY))

    assert clock.endOf(opened, 2 * DAY) == opened + 2 * DAY + MOST


@pytest.mark.parametrize("mode", [REVERTING, SHORT, ENDLESS])
def test_end_when_the_feed_breaks_is_as_without_one(clock, now, feed, deployer, tell, mode):
    tell((DOWN, now - HOUR))
    feed.setMode(mode, {"from": deployer})

    assert clock.endOf(now - 2 * HOUR, DAY) == now - 2 * HOUR + DAY


@pytest.mark.parametrize(("answer", "ahead"), [(UP, 2 * HOUR), (DOWN, 2 * HOUR), (2, 0), (-1, 0)])
def test_end_when_the_answer_is_nonsense_is_as_without_a_feed(clock, now, tell, answer, ahead):
    tell((answer, now + ahead))

    assert clock.endOf(now - 2 * HOUR, DAY) == now - 2 * HOUR + DAY


def test_end_when_the_answer_is_a_little_ahead_counts_as_now(clock, now, tell):
    tell((UP, now + HOUR // 2))

    assert clock.endOf(now - 2 * HOUR, DAY) == chain[-1].timestamp + DAY


def test_end_when_the_history_is_gone_counts_as_open_then(clock, now, feed, deployer, tell):
    tell((DOWN, now - 2 * DAY), (UP, now - HOUR))
    feed.forget(2, {"from": deployer})

    assert clock.endOf(now - 4 * DAY, DAY) == now - HOUR + DAY


def test_end_when_gas_is_too_little_for_the_feed_reverts(clock, now, reverts):
    with reverts("WindowClockGasShort"):
        clock.endOf.call(now, DAY, {"gas_limit": 100_000})
