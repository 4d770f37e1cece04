"""Shares: never above the pot, monotone, and no richer for being split or repeated."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.domain.attribution import Gains
from tallystick.domain.ids import AssetId, Pot
from tallystick.pipeline.attribution.integer_shares import PPM, earned_ppm, lineage_shares, shares_of

gain = st.floats(-20, 20, allow_nan=False)
values = st.dictionaries(st.binary(min_size=32, max_size=32), st.floats(0, 1e6), max_size=8)


@given(gain, gain, gain)
def test_earned_ppm_when_added_is_at_most_the_pot(base: float, adapter: float, context: float) -> None:
    training, retrieval = earned_ppm(Gains(base, adapter, context))

    assert training >= 0 and retrieval >= 0 and training + retrieval <= PPM


def test_earned_ppm_when_nothing_was_gained_is_null() -> None:
    assert earned_ppm(Gains(-1.0, -1.0, -1.0)) == (0, 0)
    assert earned_ppm(Gains(-1.0, -3.0, -3.0)) == (0, 0)


@given(values, st.integers(0, PPM))
def test_shares_of_when_summed_never_exceed_what_was_earned(
    found: Mapping[bytes, float], earned: int
) -> None:
    shares = shares_of(Pot.TRAINING, earned, {AssetId(k): v for k, v in found.items()})

    assert sum(s.ppm for s in shares) <= earned
    assert all(s.ppm > 0 for s in shares)


@given(st.floats(0.01, 1e3), st.floats(0.01, 1e3), st.floats(0.01, 1e3))
def test_shares_of_when_a_value_grows_never_shrinks(own: float, more: float, other: float) -> None:
    a, b = AssetId(b"\1" * 32), AssetId(b"\2" * 32)
    before = {s.asset_id: s.ppm for s in shares_of(Pot.TRAINING, PPM, {a: own, b: other})}
    after = {s.asset_id: s.ppm for s in shares_of(Pot.TRAINING, PPM, {a: own + more, b: other})}

    assert after.get(a, 0) >= before.get(a, 0)


def test_lineage_shares_when_an_ancestor_has_no_owner_leaves_its_part_null() -> None:
    (share,) = lineage_shares(500_000, [(AssetId(b"\1" * 32), 600_000)])

    assert share.ppm == 300_000 and share.pot is Pot.LINEAGE


@pytest.mark.parametrize("earned", [0, -5])
def test_shares_of_when_nothing_was_earned_is_empty(earned: int) -> None:
    assert shares_of(Pot.TRAINING, earned, {AssetId(b"\1" * 32): 1.0}) == ()
