"""A signer looks inside lists, packed orders and nested structs: what stands there is bounded like anything else."""

from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from support.keys.signing import AT, CHAIN, NORA, POLICY, desk_in, readings
from tallystick.commitments.statements import Statement
from tallystick.commitments.transactions import UnsignedTransaction
from tallystick.domain.ids import Address, Hash
from tallystick.domain.usage import SignedVoucher, Voucher, packed_order, read_orders
from tallystick.errors import InvalidInput
from tallystick.ports.keys import SigningRefused

RULES = """
[keys.node."UsageEscrow.redeemMany"]
most = { amount = 1_000, "orders.length" = 519 }
per_day = { amount = 2_500 }
only = { consumer = ["0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] }
[keys.node."UsageEscrow.redeem"]
[keys.node."RewardDistributor.claimMany"]
most = { "claims.length" = 2, cumulative = 500 }
"""
BOB = Address("0x" + "aa" * 20)
CLAIM = "(bytes32,uint128,uint128,uint32,bytes)[]"


def order(amount: int, *, acknowledged: int | None = None, lane: int = 0, consumer: Address = BOB) -> bytes:
    covered = amount if acknowledged is None else acknowledged
    voucher = Voucher(consumer, NORA.address, lane, 10**6, covered, Hash(b"h" * 32))
    return packed_order(SignedVoucher(voucher, b"s" * 65), amount)


def call(name: str, kinds: list[str], values: list[Any], *, nonce: int = 0, tail: bytes = b"") -> Statement:
    at, selector = next(place for place, shape in readings().calls.items() if shape.function == name)
    data = selector + encode(kinds, values) + tail
    return Statement(UnsignedTransaction(CHAIN, nonce, 1, 10**10, 10**6, at, 0, data).said)


def redeeming(*orders: bytes, nonce: int = 0, tail: bytes = b"") -> Statement:
    return call("UsageEscrow.redeemMany", ["bytes"], [b"".join(orders)], nonce=nonce, tail=tail)


def claiming(*cumulative: int) -> Statement:
    claims = [(b"a" * 32, 0, each, 0, b"path") for each in cumulative]
    return call("RewardDistributor.claimMany", [CLAIM], [claims])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("said", "why"),
    [
        (redeeming(order(10), order(1_001)), "amount is 1001, more than 1000"),
        (redeeming(*[order(1)] * 4), r"orders.length is 692, more than 519"),
        (redeeming(order(1), order(1, consumer=Address("0x" + "bb" * 20))), "consumer 0xbb.* is not allowed"),
        (redeeming(order(10), order(9, acknowledged=8)), "a beyond of 1 units that no voucher acknowledges"),
        (redeeming(order(1)[:-1]), "Orders of 172 bytes"),
        (redeeming(order(1), tail=b"\0" * 32), "not in their one form"),
        (claiming(1, 501), "cumulative is 501"),
        (claiming(1, 1, 1), "claims.length is 3"),
    ],
)
def test_list_when_one_value_in_it_is_out_of_bounds_is_refused(
    tmp_path: Path, said: Statement, why: str
) -> None:
    desk, _ = desk_in(tmp_path, POLICY + RULES)

    with pytest.raises(SigningRefused, match=why):
        desk.sign(NORA.address, said)


def test_list_when_it_keeps_within_bounds_is_signed_and_all_of_it_counts_for_the_day(tmp_path: Path) -> None:
    desk, _ = desk_in(tmp_path, POLICY + RULES)

    assert desk.sign(NORA.address, redeeming(order(1_000), order(900, acknowledged=950, lane=1)))
    assert desk.sign(NORA.address, claiming(1, 500))
    with pytest.raises(SigningRefused, match="would come to 2501 today"):
        desk.sign(NORA.address, redeeming(order(300), order(301, lane=1), nonce=1))


def test_redeem_when_it_goes_beyond_what_is_acknowledged_is_refused_unless_the_policy_bounds_it(
    tmp_path: Path,
) -> None:
    kinds = ["(address,address,uint64,uint128,uint128,bytes32)", "bytes", "uint128"]
    said = call("UsageEscrow.redeem", kinds, [(BOB, NORA.address, 0, 100, 60, b"h" * 32), b"s" * 65, 90])
    desk, record = desk_in(tmp_path, POLICY + RULES)
    with pytest.raises(SigningRefused, match="a beyond of 30"):
        desk.sign(NORA.address, said)
    record.close()

    bounded = RULES.replace('"UsageEscrow.redeem"]', '"UsageEscrow.redeem"]\nmost = { beyond = 30 }')
    desk, _ = desk_in(tmp_path, POLICY + bounded)
    assert desk.sign(NORA.address, said)


def test_offset_when_it_points_elsewhere_than_a_compiler_would_write_is_refused(tmp_path: Path) -> None:
    """Two readers of odd calldata may see two things: the signer one, the chain another."""
    desk, _ = desk_in(tmp_path, POLICY + RULES)
    at, selector = next(p for p, shape in readings().calls.items() if shape.function.endswith("redeemMany"))
    good, bad = encode(["bytes"], [order(1)]), encode(["bytes"], [order(999)])
    data = selector + (32 + len(good) - 32).to_bytes(32) + good[32:] + bad[32:]
    said = Statement(UnsignedTransaction(CHAIN, 0, 1, 10**10, 10**6, at, 0, data).said)

    with pytest.raises(SigningRefused, match="redeemMany cannot be read"):
        desk.sign(NORA.address, said)


def test_carrier_when_asked_for_is_never_signed_and_a_policy_cannot_name_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(AT, "AccessAuthority", Address("0x" + "33" * 20))
    desk, record = desk_in(tmp_path)
    with pytest.raises(SigningRefused, match="does what calldata inside it says"):
        desk.sign(NORA.address, call("AccessAuthority.multicall", ["bytes[]"], [[b"inside"]]))
    record.close()

    with pytest.raises(InvalidInput, match=r"unknown 'AccessAuthority\.execute'"):
        desk_in(tmp_path, POLICY + '[keys.node."AccessAuthority.execute"]\n')


@given(st.lists(st.tuples(st.integers(0, 2**128 - 1), st.integers(0, 2**64 - 1)), max_size=4))
def test_orders_when_packed_are_read_back(given_orders: list[tuple[int, int]]) -> None:
    read = read_orders(b"".join(order(amount, lane=lane) for amount, lane in given_orders))

    assert list(zip(read["amount"], read["lane"], strict=True)) == given_orders
    assert set(read["acknowledged"]) == {amount for amount, _ in given_orders}
