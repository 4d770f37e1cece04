from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from tallystick.commitments.keccak import keccak256


@given(st.binary(max_size=300))
def test_keccak_when_compared_equals_eth_hash(data: bytes) -> None:
    assert keccak256(data) == keccak(data)
