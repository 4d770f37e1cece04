"""Ids against eth_abi; leaves against their written-out preimages."""

from eth_abi.abi import encode
from eth_utils import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.commitments import leaves

WORDS = st.binary(min_size=32, max_size=32)
ADDRESSES = st.binary(min_size=20, max_size=20).map(lambda b: "0x" + b.hex())
U32, U64, U128 = (st.integers(0, 2**bits - 1) for bits in (32, 64, 128))
A, B, C = b"\xaa" * 32, b"\xbb" * 32, b"\xcc" * 32
NORA = "0x" + "0a" * 20


@given(U64, ADDRESSES, ADDRESSES, st.integers(0, 255), WORDS)
@settings(deadline=None, max_examples=40)
def test_asset_id_when_compared_equals_abi_encoding(
    chain_id: int, registry: str, owner: str, kind: int, content: bytes
) -> None:
    types = ["uint256", "address", "address", "uint8", "bytes32"]

    expected = keccak(encode(types, [chain_id, registry, owner, kind, content]))

    assert leaves.asset_id(chain_id, registry, owner, kind, content) == expected


@given(ADDRESSES, WORDS, WORDS, U128, U128, st.lists(st.integers(0, 2**16 - 1), min_size=8, max_size=8))
@settings(deadline=None, max_examples=40)
def test_terms_id_when_compared_equals_abi_encoding(
    operator: str, x: bytes, y: bytes, price_in: int, price_out: int, pots: list[int]
) -> None:
    kind = "(address,bytes32,bytes32,bytes32,bytes32,uint128,uint128,uint16[8])"

    expected = keccak(encode([kind], [(operator, x, y, x, y, price_in, price_out, pots)]))

    assert leaves.terms_id(operator, x, y, x, y, (price_in, price_out), pots) == expected


@given(ADDRESSES, ADDRESSES, WORDS, WORDS, st.tuples(U128, U128, U128, U128), st.tuples(U32, U32, U32))
@settings(deadline=None, max_examples=40)
def test_header_hash_when_compared_equals_abi_encoding(
    operator: str,
    poster: str,
    x: bytes,
    y: bytes,
    amounts: tuple[int, int, int, int],
    counts: tuple[int, int, int],
) -> None:
    amount_types = "uint128,uint128,uint128,uint128"
    kind = f"(address,address,bytes32,bytes32,{amount_types},uint32,uint32,bytes32,bytes32,uint32)"
    fields = (operator, poster, x, y, *amounts, *counts[:2], y, x, counts[2])

    found = leaves.header_hash(operator, poster, (x, y), amounts, counts[:2], y, x, counts[2])

    assert found == keccak(encode([kind], [fields]))


def test_leaves_when_hashed_have_the_specified_preimages() -> None:
    signature = bytes(65)

    assert leaves.record(7, A, B) == keccak(b"\x08" + b"\0\0\0\x07" + A + B)
    assert leaves.record_salt(A, B) == keccak(A + B)
    assert leaves.entry(A, B) == keccak(b"\x09" + A + B)
    assert leaves.commitment(NORA, 1, A, B) == keccak(b"\x0b" + bytes.fromhex(NORA[2:]) + b"\x01" + A + B)
    assert leaves.receipt(A, B, signature, C) == keccak(b"\x04" + A + B + keccak(signature) + C)
    assert leaves.voucher_hash(A, signature) == keccak(A + keccak(signature))
    assert leaves.credit(A, 1, 2) == keccak(b"\x05" + A + b"\0\0\0\x01" + b"\0\x02")
    assert leaves.cumulative_reward(A, 3) == keccak(b"\x06" + A + (3).to_bytes(16, "big"))
    assert leaves.epoch_reward(A, 4, 1) == keccak(b"\x07" + A + (4).to_bytes(8, "big") + b"\x01")
    assert leaves.head(A, B) == keccak(b"\x0a" + A + B)
    assert leaves.opening_commit(A, b"text") == keccak(A + b"text")
    assert leaves.operator_content(NORA) == bytes(12) + bytes.fromhex(NORA[2:])


def test_line_when_packed_is_53_bytes() -> None:
    packed = leaves.line(A, 6, 250_000, 2**100)

    assert packed == A + b"\x06" + (250_000).to_bytes(4, "big") + (2**100).to_bytes(16, "big")
    assert len(packed) == 53
    assert leaves.lines_hash(packed) == keccak(b"\x03" + packed)
