"""What is paid for: terms, lines, receipts, vouchers. Encodings are in `commitments`; see docs/specification.md."""

from dataclasses import dataclass
from typing import Final

from tallystick.domain.ids import Address, AssetId, Hash, Pot
from tallystick.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Terms:
    """Immutable price list and split. Prices are base units of OPEN per 1,000 tokens; `pots` are 8 values in bps."""

    operator: Address
    operator_asset: AssetId
    model_id: AssetId
    manifest_root: Hash
    index_root: Hash
    price_in: int
    price_out: int
    pots: tuple[int, ...] = (400, 300, 300, 4500, 2000, 1200, 1000, 300)


@dataclass(frozen=True, slots=True)
class Share:
    """What an asset earned of a pot, in parts per million."""

    asset_id: AssetId
    pot: Pot
    ppm: int


@dataclass(frozen=True, slots=True)
class Line:
    """A share turned into money, base units."""

    asset_id: AssetId
    pot: Pot
    ppm: int
    amount: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """One paid answer, covering `[previous, cumulative)` of a lane."""

    terms_id: Hash
    consumer: Address
    operator: Address
    lane: int
    previous: int
    cumulative: int
    tokens_in: int
    tokens_out: int
    query_commit: Hash
    output_commit: Hash
    lines_hash: Hash
    agent_id: AssetId
    served_at: int
    previous_head: Hash


@dataclass(frozen=True, slots=True)
class Voucher:
    """The consumer's promise: redeemable up to `limit`; `acknowledged` is what `head` covers."""

    consumer: Address
    operator: Address
    lane: int
    limit: int
    acknowledged: int
    head: Hash


@dataclass(frozen=True, slots=True)
class SignedVoucher:
    voucher: Voucher
    signature: bytes


def packed_order(signed: SignedVoucher, amount: int) -> bytes:
    """One of `redeemMany`'s orders, 173 bytes; the operator is who sends them. Specification, section 5."""
    voucher = signed.voucher
    levels = b"".join(level.to_bytes(16, "big") for level in (voucher.limit, voucher.acknowledged))
    named = bytes.fromhex(voucher.consumer[2:]) + voucher.lane.to_bytes(8, "big") + levels + voucher.head
    return named + signed.signature + amount.to_bytes(16, "big")


_ORDER: Final = (
    ("consumer", 0, 20),
    ("lane", 20, 28),
    ("limit", 28, 44),
    ("acknowledged", 44, 60),
    ("head", 60, 92),
    ("amount", 157, 173),
)
_ORDER_BYTES: Final = 173


def read_orders(packed: bytes) -> dict[str, tuple[int, ...]]:
    """What `redeemMany`'s orders say, each member over all of them; InvalidInput for a part of one."""
    if len(packed) % _ORDER_BYTES:
        raise InvalidInput(f"Orders of {len(packed)} bytes.", f"Each of them takes {_ORDER_BYTES}.")
    each = [packed[at : at + _ORDER_BYTES] for at in range(0, len(packed), _ORDER_BYTES)]
    return {name: tuple(int.from_bytes(one[start:end]) for one in each) for name, start, end in _ORDER}


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """A receipt with its lines, the operator's signature and, once acknowledged, the consumer's voucher."""

    receipt: Receipt
    lines: tuple[Line, ...]
    signature: bytes
    voucher: SignedVoucher | None = None


PAYMENT_LANES = range(2**52, 2**53)
"""Lanes of payments for one answer each; no voucher is for one of them."""


def is_payment_lane(lane: int) -> bool:
    return lane in PAYMENT_LANES


@dataclass(frozen=True, slots=True)
class Transfer:
    """A payer's signed transfer of OPEN (ERC-3009), valid in the open interval between its two times in seconds."""

    payer: Address
    to: Address
    value: int
    valid_after: int
    valid_before: int
    nonce: bytes
