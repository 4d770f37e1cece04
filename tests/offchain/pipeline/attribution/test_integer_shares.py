"""What was earned of a pot: never more than the pot, and an owner for each part of a lineage."""

from hypothesis import given
from hypothesis import strategies as st

from tallystick.domain.attribution import Gains
from tallystick.domain.ids import AssetId, Pot
from tallystick.pipeline.attribution.integer_shares import PPM, earned_ppm, lineage_shares

gain = st.floats(-20, 20, allow_nan=False)


@given(gain, gain, gain)
def test_earned_ppm_when_added_is_at_most_the_pot(base: float, adapter: float, context: float) -> None:
    training, retrieval = earned_ppm(Gains(base, adapter, context))

    assert training >= 0 and retrieval >= 0 and training + retrieval <= PPM


def test_earned_ppm_when_nothing_was_gained_is_null() -> None:
    assert earned_ppm(Gains(-1.0, -1.0, -1.0)) == (0, 0)
    assert earned_ppm(Gains(-1.0, -3.0, -3.0)) == (0, 0)


def test_lineage_shares_when_an_ancestor_has_no_owner_leaves_its_part_null() -> None:
    (share,) = lineage_shares(500_000, [(AssetId(b"\1" * 32), 600_000)])

    assert share.ppm == 300_000 and share.pot is Pot.LINEAGE
