import contextlib

import pytest
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.commitments.signatures import address_of, recover, sign
from tallystick.errors import InvalidInput

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
KEY = b"\x07" * 32
DIGEST = b"\x42" * 32


@given(st.integers(1, ORDER - 1), st.binary(min_size=32, max_size=32))
@settings(deadline=None, max_examples=40)
def test_sign_when_compared_equals_eth_account(key: int, digest: bytes) -> None:
    private = key.to_bytes(32, "big")
    oracle = Account.from_key(private)

    assert sign(digest, private) == bytes(oracle.unsafe_sign_hash(digest).signature)
    assert recover(digest, sign(digest, private)) == oracle.address.lower() == address_of(private)


def test_recover_when_digest_differs_gives_another_signer() -> None:
    assert recover(b"\x43" * 32, sign(DIGEST, KEY)) != address_of(KEY)


def test_recover_when_s_is_flipped_refuses_the_copy() -> None:
    signature = sign(DIGEST, KEY)
    flipped = ORDER - int.from_bytes(signature[32:64], "big")
    copy = signature[:32] + flipped.to_bytes(32, "big") + bytes([55 - signature[64]])

    with pytest.raises(InvalidInput, match="malleated"):
        recover(DIGEST, copy)


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        bytes(64),
        bytes(66),
        sign(DIGEST, KEY)[:64] + b"\x00",
        sign(DIGEST, KEY)[:64] + b"\x1d",
        bytes(64) + b"\x1b",
        b"\xff" * 32 + b"\x01" * 32 + b"\x1b",
    ],
)
def test_recover_when_signature_is_impossible_refuses(signature: bytes) -> None:
    with pytest.raises(InvalidInput):
        recover(DIGEST, signature)


@given(st.integers(1, ORDER - 1), st.binary(min_size=32, max_size=32), st.integers(0, 255))
@settings(deadline=None, max_examples=40)
def test_recover_when_v_or_s_is_not_the_signers_never_names_the_signer(
    key: int, digest: bytes, v: int
) -> None:
    private = key.to_bytes(32, "big")
    signature = sign(digest, private)
    flipped = (ORDER - int.from_bytes(signature[32:64])).to_bytes(32)

    for copy in (signature[:64] + bytes([v]), signature[:32] + flipped + bytes([v])):
        if copy == signature:
            continue
        with contextlib.suppress(InvalidInput):
            assert recover(digest, copy) != address_of(private)
