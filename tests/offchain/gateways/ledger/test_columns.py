import pytest

from tallystick.errors import InvalidInput
from tallystick.gateways.ledger.columns import number, u64, u128


@pytest.mark.parametrize("value", [0, 1, 255, 256, 2**63, 2**127, 2**128 - 1])
def test_amount_when_stored_comes_back_and_sorts(value: int) -> None:
    assert number(u128(value)) == value
    assert (u128(value) > u128(1000)) == (value > 1000)


@pytest.mark.parametrize("value", [-1, 2**64])
def test_lane_when_out_of_range_is_refused(value: int) -> None:
    with pytest.raises(InvalidInput):
        u64(value)
