"""The split kernel: no richer for splitting or copying, monotone, never above what was earned."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.factories import make_terms
from tallystick.domain.ids import AssetId, Pot
from tallystick.domain.money import MAX_LINES, split_shares
from tallystick.domain.usage import Share
from tallystick.errors import IntegrityViolation
from tallystick.pipeline.attribution.split import (
    MICRO,
    Claim,
    by_order,
    foremost,
    increments,
    micro,
    noise_floor,
    shares_of,
)

PPM = 1_000_000
FLOOR = 500_000
value = st.integers(-5 * MICRO, 40 * MICRO)
floors = st.integers(0, 2 * MICRO)
# (asset, value) by data set in chain order; an asset may own several.
history = st.lists(st.tuples(st.integers(0, 4), value), max_size=12)


def asset(number: int) -> AssetId:
    return AssetId(number.to_bytes(32, "big"))


def paid(entries: Sequence[tuple[int, int]], floor: int = FLOOR, earned: int = PPM) -> dict[AssetId, int]:
    """ppm by account: one data set an entry, in chain order."""
    rises = increments([v for _, v in entries], floor)
    gains: dict[AssetId, int] = {}
    for (who, _), rise in zip(entries, rises, strict=True):
        gains[asset(who)] = gains.get(asset(who), 0) + rise
    return {s.asset_id: s.ppm for s in shares_of(Pot.TRAINING, earned, gains)}


@given(st.lists(value, max_size=12), floors, value)
def test_increments_when_summed_are_the_rise_and_at_most_the_best(
    values: list[int], floor: int, start: int
) -> None:
    rises = increments(values, floor, start)

    assert all(rise >= 0 for rise in rises)
    assert sum(rises) <= max(0, max(values, default=start) - start)


@given(st.lists(value, max_size=8), floors)
def test_increments_when_there_is_no_noise_follow_the_running_maximum(values: list[int], floor: int) -> None:
    best, plain = 0, []
    for v in values:
        plain.append(max(0, v - best))
        best = max(best, v)

    assert increments(values, 0) == plain
    assert increments([2 * floor + v for v in values[:1] if v > 0], floor) == [
        2 * floor + v for v in values[:1] if v > 0
    ]


@given(history, st.lists(value, min_size=1, max_size=6), floors)
def test_increments_when_records_are_spread_over_data_sets_earn_no_more(
    before: list[tuple[int, int]], own: list[int], floor: int
) -> None:
    earlier = [v for _, v in before]

    together = increments([*earlier, max(own)], floor)[len(earlier) :]
    apart = increments([*earlier, *own], floor)[len(earlier) :]

    assert sum(apart) <= sum(together)


@given(history, st.data())
def test_shares_when_copies_of_paid_records_come_later_stay_as_they_were(
    before: list[tuple[int, int]], data: st.DataObject
) -> None:
    """The copied value is at least twice the floor above the bar, and each copy within the floor above that value."""
    bar = sum(increments([v for _, v in before], FLOOR))
    leader = (7, bar + data.draw(st.integers(2 * FLOOR, 10 * MICRO)))
    noise = data.draw(st.lists(st.integers(-3 * MICRO, FLOOR), min_size=1, max_size=20))
    after = data.draw(history)
    alone = paid([*before, leader, *after])

    with_copies = paid([*before, leader, *((8, leader[1] + n) for n in noise), *after])

    assert asset(8) not in with_copies
    assert with_copies == alone


@given(st.integers(0, 2 * FLOOR), st.lists(st.integers(0, FLOOR), min_size=1, max_size=20))
def test_increments_when_a_first_record_is_hardly_above_noise_give_copies_twice_the_noise_at_most(
    first: int, noise: list[int]
) -> None:
    rises = increments([first, *(first + n for n in noise)], FLOOR)

    assert sum(rises[1:]) <= 2 * max(noise)


@given(history, st.integers(0, 11), st.integers(0, 10 * MICRO))
def test_shares_when_a_value_grows_never_shrink(
    entries: list[tuple[int, int]], place: int, more: int
) -> None:
    """Each data set has an owner of its own here; pay and share of the one whose value grows."""
    if not entries:
        return
    at = place % len(entries)
    old = [(i, v) for i, (_, v) in enumerate(entries)]
    new = [(i, v + more if i == at else v) for i, v in old]

    assert paid(new).get(asset(at), 0) >= paid(old).get(asset(at), 0)
    assert increments([v for _, v in new], FLOOR)[at] >= increments([v for _, v in old], FLOOR)[at]


@given(st.lists(value, min_size=1, max_size=6), st.integers(0, 5), st.integers(-100, 100))
def test_increments_when_a_measurement_moves_a_little_move_little(
    values: list[int], place: int, step: int
) -> None:
    """Between two machines nothing jumps: each later pay moves at most thrice as much as the ones before it together."""
    at = place % len(values)
    moved = [v + step if i == at else v for i, v in enumerate(values)]

    one, two = increments(values, FLOOR), increments(moved, FLOOR)

    assert one[:at] == two[:at]
    assert all(
        abs(a - b) <= 2 * abs(step) * 3 ** (i - at)
        for i, (a, b) in enumerate(zip(one, two, strict=True))
        if i >= at
    )


@given(history, st.randoms(use_true_random=False))
def test_by_order_when_records_are_shuffled_is_the_same(entries: list[tuple[int, int]], draw: object) -> None:
    claims = [Claim(asset(i % 4), i % 4, i, v) for i, (_, v) in enumerate(entries)]
    shuffled = list(claims)
    draw.shuffle(shuffled)  # type: ignore[attr-defined]

    assert by_order(shuffled, FLOOR) == by_order(claims, FLOOR)


def test_by_order_when_a_data_set_has_many_records_counts_its_best() -> None:
    claims = [Claim(asset(1), 1, i, 3 * MICRO) for i in range(100)] + [Claim(asset(2), 2, 0, 5 * MICRO)]

    first, second = by_order(claims, FLOOR)

    assert (first.gain, first.claim.record_index) == (3 * MICRO, 0)
    assert (second.gain, second.claim.asset_id) == (2 * MICRO, asset(2))


@given(st.dictionaries(st.integers(1, 9), st.integers(-9, 10**12), max_size=8), st.integers(-5, PPM), value)
def test_shares_of_when_summed_never_exceed_what_was_earned(
    gains: dict[int, int], earned: int, whole: int
) -> None:
    shares = shares_of(Pot.TRAINING, earned, {asset(k): v for k, v in gains.items()}, whole)

    assert sum(s.ppm for s in shares) <= max(earned, 0)
    assert all(s.ppm > 0 for s in shares)
    assert [s.asset_id for s in shares] == sorted(s.asset_id for s in shares)


def test_shares_of_when_more_was_gained_than_anybody_brought_leaves_the_rest_null() -> None:
    (share,) = shares_of(Pot.TRAINING, PPM, {asset(1): 3 * MICRO}, 4 * MICRO)

    assert share.ppm == 750_000


@pytest.mark.parametrize("nats", [float("nan"), float("inf"), -float("inf"), 1e300])
def test_micro_when_nothing_was_measured_refuses(nats: float) -> None:
    with pytest.raises(IntegrityViolation, match="not a measured gain"):
        micro(nats)


def test_micro_when_negative_rounds_down() -> None:
    assert (micro(1.5), micro(-1e-7), micro(0.0)) == (1_500_000, -1, 0)


def test_noise_floor_when_a_hundred_copies_are_drawn_is_hardly_ever_passed() -> None:
    from random import Random

    draw, floor = Random(5), noise_floor(MICRO)
    passed = sum(
        max(draw.gauss(0, MICRO) for _ in range(100)) - draw.gauss(0, MICRO) > floor for _ in range(1000)
    )

    assert 5 * MICRO < floor < 5.5 * MICRO
    assert passed <= 20


def test_foremost_when_there_are_too_many_leaves_room_for_operator_and_agent() -> None:
    kept = [Share(asset(900), Pot.RETRIEVAL, 1), Share(asset(901), Pot.LINEAGE, 1)]
    shares = [*kept, *(Share(asset(i), Pot.TRAINING, 1 + i % 10) for i in range(61))]

    found = foremost(shares)

    assert len(found) == MAX_LINES - 3 - 2 and found[:2] == tuple(kept)
    assert [s for s in shares if s in found] == list(found)
    assert [s.asset_id for s in shares if s not in found] == [asset(i) for i in (30, 40, 50, 60)]
    named = (Share(asset(7), Pot.OPERATOR, PPM), *found, Share(asset(8), Pot.AGENT, PPM))
    assert len(split_shares(make_terms(), 10**6, named)) == MAX_LINES
